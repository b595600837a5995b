//! Several callables in one program, each with options of its own and one with a state. With the variable `ALONE`, the
//! program serves the one that it names, as a program of its own would. `START` makes a wrong list. For tests only.
#![allow(clippy::unwrap_used, missing_docs, reason = "a program for tests")]

use std::{env, process::ExitCode, sync::Arc, time::Duration};

use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, ChunkSender, CorsOrigins, EmulatorProjects, HttpsError,
    callable::{Admission, Guard, GuardedCall},
    host::Setup,
    net::BoxFuture,
    signed_in,
};

/// Refuses every call, and logs which function it guards.
#[derive(Debug)]
struct Closed;

impl Guard for Closed {
    fn admit<'a>(
        &'a self,
        call: &'a GuardedCall<'a>,
    ) -> BoxFuture<'a, Result<Admission, HttpsError>> {
        Box::pin(async {
            tracing::info!(closed = call.function(), "guarded");
            Err(HttpsError::resource_exhausted("closed"))
        })
    }
}

async fn echo(request: CallableRequest<Value>) -> Result<Value, HttpsError> {
    let uid = request.auth.as_ref().map(|auth| auth.uid().to_owned());
    Ok(json!({"uid": uid, "data": request.data}))
}

async fn greet(
    greeting: Arc<String>,
    request: CallableRequest<String>,
) -> Result<String, HttpsError> {
    Ok(format!("{greeting} {}", request.data))
}

async fn count(request: CallableRequest<u32>, out: ChunkSender<u32>) -> Result<u32, HttpsError> {
    for number in 0..request.data {
        out.send(&number).await?;
    }
    Ok(request.data)
}

const NAMES: [&str; 8] =
    ["attested", "closed", "count", "echo", "greet", "measured", "members", "scant"];

fn callable(name: &str, greeting: &Arc<String>) -> Callable {
    match name {
        "attested" => Callable::new(echo).enforce_app_check(true),
        "closed" => Callable::new(echo).guard(Closed),
        "count" => Callable::streaming(count),
        "scant" => Callable::new(echo).data_budget(16),
        "echo" => Callable::new(echo),
        "greet" => Callable::with(Arc::clone(greeting), greet)
            .cors(CorsOrigins::list(["https://only.example"]).unwrap())
            .cors_max_age(Duration::from_secs(60)),
        "measured" => Callable::new(echo).metrics("Suite"),
        _ => Callable::new(echo).auth_policy(signed_in()),
    }
}

fn greeting(setup: &Setup) -> Result<Arc<String>, shared::host::StartError> {
    Ok(Arc::new(setup.variable("GREETING").or("Hello".to_owned())?))
}

fn main() -> ExitCode {
    let echoes = |names: &[&'static str]| {
        let echoes: Vec<_> = names.iter().map(|name| (*name, Callable::new(echo))).collect();
        shared::run_all(echoes)
    };
    match (env::var("START").as_deref(), env::var("ALONE").ok()) {
        (Ok("empty"), _) => echoes(&[]),
        (Ok("twice"), _) => echoes(&["one", "two", "one"]),
        (Ok("slash"), _) => echoes(&["one", "a/b"]),
        (Ok("emulator"), _) => shared::run_all([
            ("one", Callable::new(echo)),
            ("two", Callable::new(echo).accept_auth_emulator(EmulatorProjects::DemoOnly)),
        ]),
        (_, Some(name)) => shared::run_with(async |setup| Ok(callable(&name, &greeting(setup)?))),
        _ => shared::run_with(async |setup| {
            let greeting = greeting(setup)?;
            Ok(setup.callables(NAMES.map(|name| (name, callable(name, &greeting))))?)
        }),
    }
}
