//! The Rust code in tables and sentences of the documents, so that the compiler checks it.
//! `tests/docs/inline-code.test.mjs` checks that this file contains all of that code.
#![allow(missing_docs, reason = "never run")]

use std::time::Duration;

use firebase_callable_aws::AwsSetup;
use firebase_callable_clerk::ClerkSessions;
use firebase_callable_google::{AccessToken, Accounts, Google, firestore};
use firebase_callable_guards::Limiter;
use serde_json::Value;
use shared::{
    AppCheckData, AuthData, Callable, CallableRequest, ChunkSender, CorsOrigins, ErrorCode,
    HttpsError, OrError, TenantPolicy, has_claim, has_claim_value,
    host::{Setup, StartError},
    net::SendError,
    protocol::cors::InvalidOrigin,
    signed_in,
    testing::Call,
};

/// Members of a request.
fn request_members(request: &CallableRequest<Value>) -> Result<(), HttpsError> {
    let _: &Value = &request.data;
    let _: Option<&str> = request.auth.as_ref().map(AuthData::uid);
    let _: &str = request.require_auth()?.uid();
    let _: Option<&str> = request.app.as_ref().map(AppCheckData::app_id);
    let _: &Option<String> = &request.instance_id_token;
    let _ = request.headers();
    let _: bool = request.accepts_streaming;
    Ok(())
}

fn user(auth: &AuthData) {
    let _: Option<&Value> = auth.claim("role");
    let _: Option<&str> = auth.email();
    let _: &str = auth.raw_token();
}

/// Errors of other types, and wrong fields.
fn other_errors(result: anyhow::Result<u32>, data: Option<u32>) -> Result<u32, HttpsError> {
    let (code, message, fields) = (ErrorCode::NotFound, "no such note", [("data.id", "is empty")]);
    let data = data.or_error(code, message)?;
    if data == 0 {
        return Err(HttpsError::invalid_fields(fields));
    }
    Ok(result.or_internal()? + data)
}

fn own_configuration(setup: &Setup) -> Result<(), StartError> {
    let _ = setup.variable("NAME");
    let _ = setup.secret("PAYMENT_KEY_SECRET")?;
    Ok(())
}

fn app(app: &AppCheckData) {
    let _: &str = app.app_id();
    let _: Option<bool> = app.already_consumed();
}

fn nothing_sent(_: &CallableRequest<()>) {}

fn anything_sent(_: &CallableRequest<serde_json::Value>) {}

/// Options of a callable.
fn options(callable: Callable, origins: CorsOrigins, guard: Limiter) -> Callable {
    let (bytes, closure) = (1 << 20, |auth: Option<&AuthData>| auth.is_some());
    let (duration, every) = (Duration::from_secs(1), Some(Duration::from_secs(1)));
    callable
        .enforce_app_check(true)
        .auth_policy(signed_in())
        .auth_policy(has_claim("role"))
        .auth_policy(has_claim_value("role", "editor"))
        .caller_policy(closure)
        .auth_policy(|auth, data| auth.is_some() && data.is_object())
        .tenants(TenantPolicy::one_of(["tenant-1"]))
        .guard(guard)
        .cors(origins)
        .cors(CorsOrigins::any())
        .cors(CorsOrigins::off())
        .cors(CorsOrigins::matching(|origin| origin.ends_with(".example.com")))
        .cors_max_age(duration)
        .keep_alive(every)
        .keep_alive(Some(Duration::from_secs(10)))
        .keep_alive(None)
        .metrics("MyApp")
        .deadline_margin(duration)
        .data_budget(bytes)
}

fn asks_google(callable: Callable, google: &Google) -> Result<Callable, StartError> {
    Ok(callable
        .consume_app_check_token(google.app_check()?)
        .check_revoked(google.revocation())
        .check_revoked_unless_unavailable(google.revocation()))
}

/// New names in the changelog.
fn renamed(setup: &Setup, call: Call, error: SendError) -> Result<(), StartError> {
    let google = Google::from_setup(setup)?;
    let (_, _) = (google.custom_tokens(), google.accounts());
    let account = Google::of_any_project(setup)?.service_account()?;
    drop(async move { account.member("clerk_webhook_secret").await });
    let _ = ClerkSessions::from_setup(setup)?;
    let (_, _) = (TenantPolicy::any(), TenantPolicy::no_tenant());
    let (name, bytes) = ("x-name", vec![0xff]);
    let _ = call.clone().header(name, &bytes);
    let _: bool = error.is_transient();
    Ok(())
}

fn own_variable(setup: &Setup) -> Result<u32, StartError> {
    setup.variable("LIMIT").or(100)
}

fn origins(callable: Callable) -> Result<Callable, InvalidOrigin> {
    Ok(callable.cors(CorsOrigins::list(["https://a.example"])?))
}

/// Callers in tests.
fn callers(call: Call) -> Call {
    call.claim("role", "editor").of_tenant("tenant-1").from_app("1:1:web:1").streaming()
}

async fn count(
    request: CallableRequest<u32>,
    numbers: ChunkSender<u32>,
) -> Result<u32, HttpsError> {
    numbers.send(&request.data).await?;
    Ok(request.data)
}

fn main() {
    let _ = (
        request_members,
        user,
        app,
        other_errors,
        own_configuration,
        nothing_sent,
        anything_sent,
        options,
        asks_google,
        renamed,
        own_variable,
        origins,
        callers,
    );
    let _ = Callable::streaming(count);
    let _ = (
        firestore::Firestore::as_caller,
        Google::accounts,
        Google::revocation,
        Google::custom_tokens,
        Google::app_check,
        AccessToken::expose,
    );
    let _ = |google: &Google| Google::access_tokens(google, ["scope"]);
    let _ = |accounts: &Accounts| drop(Accounts::change_custom_claims(accounts, "ada", |_| {}));
}
