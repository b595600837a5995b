use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize, JsonSchema)]
struct Input {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    greeting: String,
}

/// Greets the caller by name.
async fn hello(request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let (name, uid) = (&request.data.name, caller.uid());
    let greeting = format!("Hello {name}, you are user {uid}.");
    Ok(Output { greeting })
}

pub(crate) fn callable() -> Callable {
    Callable::typed(hello)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn greets_a_signed_in_caller() {
        let call = Call::with(json!({"name": "Ada"})).signed_in("ada");
        let answer = call.to(callable()).await;
        let greeting = "Hello Ada, you are user ada.";
        assert_eq!(answer.result(), json!({ "greeting": greeting }));
    }
}
