//! A callable whose start does what the variable `START` says. For tests only.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for tests")]

use std::{error::Error, fmt, future::pending, net::IpAddr, process::ExitCode, sync::Arc};

use shared::{
    Callable, CallableRequest, HttpsError,
    host::{Setup, StartError},
};
use tokio::{net::TcpListener, task::yield_now};

/// What the start makes, and the handler uses.
struct Greetings {
    text: String,
}

async fn greet(
    greetings: Arc<Greetings>,
    request: CallableRequest<String>,
) -> Result<String, HttpsError> {
    Ok(format!("{}, {}", greetings.text, request.data))
}

#[derive(Debug)]
struct NoTable(std::num::ParseIntError);

impl fmt::Display for NoTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table cannot be described")
    }
}

impl Error for NoTable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn number() -> Result<u32, std::num::ParseIntError> {
    "many".parse()
}

#[expect(clippy::panic, reason = "the test of it")]
async fn greetings(setup: &Setup) -> Result<Greetings, Box<dyn Error + Send + Sync>> {
    let told = std::env::var("START").unwrap_or_default();
    yield_now().await;
    match told.as_str() {
        "error with a cause" => Err(NoTable(number().err().ok_or("a number")?))?,
        "anyhow" => anyhow_error()?,
        "text" => Err(format!("no table in {}", setup.project_id()))?,
        "configuration" => {
            StartError::all((
                setup.variable("PRINTER").required::<IpAddr>("the address of the printer"),
                setup.variable("MOST_PAGES").or(100_u32),
            ))?;
        }
        "panic" => panic!("a literal text"),
        "panic with data" => panic!("formatted {told}"),
        "hang" => {
            println!("the start hangs");
            pending().await
        }
        _ => {}
    }
    // Asynchronous work of the start runs in the tokio runtime that serves later.
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    setup.prefetch(async { println!("prefetched") });
    Ok(Greetings { text: format!("Hello from {}", address.ip()) })
}

fn anyhow_error() -> anyhow::Result<()> {
    use anyhow::Context;
    number().context("the limit cannot be read")?;
    Ok(())
}

/// What a `main` with this attribute does.
#[tokio::main]
async fn inside_tokio() -> ExitCode {
    shared::run(Callable::new(async |request: CallableRequest<()>| Ok(request.data)))
}

fn main() -> ExitCode {
    if std::env::var("START").is_ok_and(|told| told == "inside tokio") {
        return inside_tokio();
    }
    shared::run_with(async |setup| {
        let greetings = Arc::new(greetings(setup).await?);
        Ok(Callable::with(greetings, greet))
    })
}
