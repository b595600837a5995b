//! Returns the caller's text in a sentence with the caller's id. Signed-in callers only.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Debug, Serialize)]
struct Output {
    message: String,
}

async fn return_authenticated_message(
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let text = &request.data.text;
    Ok(Output {
        message: format!("Authenticated message '{text}' from user {}.", caller.uid()),
    })
}

pub(crate) fn callable() -> Callable {
    Callable::new(return_authenticated_message)
}
