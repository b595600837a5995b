//! Greets a signed-in caller by name: put what your callable does here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize, JsonSchema)]
struct Input {
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    greeting: String,
}

/// Greets the caller by name.
async fn {{ handler }}(request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let name = &request.data.name;
    if name.is_empty() {
        return Err(HttpsError::invalid_argument("name is empty"));
    }
    Ok(Output { greeting: format!("Hello {name}, you are user {}.", caller.uid()) })
}

pub(crate) fn callable() -> Callable {
    Callable::typed({{ handler }})
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn greets_a_signed_in_caller() {
        let answer = Call::with(json!({"name": "Ada"})).signed_in("ada").to(callable()).await;
        assert_eq!(answer.result(), json!({"greeting": "Hello Ada, you are user ada."}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"name": "Ada"})).to(callable()).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
