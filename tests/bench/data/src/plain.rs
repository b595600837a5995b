//! The callable that the others are compared with: it needs nothing.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Output {
    message: String,
}

async fn answer(request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    Ok(Output { message: format!("{}, {}", request.data.text, caller.uid()) })
}

fn main() -> std::process::ExitCode {
    shared::run(Callable::new(answer))
}
