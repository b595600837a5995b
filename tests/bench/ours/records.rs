//! Answers with its data, for the calls of `make bench` whose data is not one text.

use serde_json::Value;
use shared::{Callable, CallableRequest, HttpsError};

async fn echo(request: CallableRequest<Value>) -> Result<Value, HttpsError> {
    request.require_auth()?;
    Ok(request.data)
}

fn main() -> std::process::ExitCode {
    shared::run(Callable::new(echo))
}
