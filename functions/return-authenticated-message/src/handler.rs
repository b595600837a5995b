//! Returns the caller's text in a sentence with the caller's id. Signed-in callers only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize, JsonSchema)]
struct Input {
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    message: String,
}

/// Returns the text in a sentence with the caller's id.
async fn return_authenticated_message(
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let text = &request.data.text;
    Ok(Output { message: format!("Authenticated message '{text}' from user {}.", caller.uid()) })
}

pub(crate) fn callable() -> Callable {
    Callable::typed(return_authenticated_message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn tells_a_signed_in_caller_who_they_are() {
        let data = json!({"text": "some message"});
        let answer = Call::with(data).signed_in("ada").to(callable()).await;
        let message = "Authenticated message 'some message' from user ada.";
        assert_eq!(answer.result(), json!({"message": message}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"text": "some message"})).to(callable()).await;
        let message = "The function must be called while authenticated";
        assert_eq!(answer.error(), json!({"message": message, "status": "UNAUTHENTICATED"}));
        assert_eq!(answer.status, 401);
    }
}
