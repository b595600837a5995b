//! Greets a signed-in caller letter by letter: put what your callable does here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};

#[derive(Deserialize, JsonSchema)]
struct Input {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Letter {
    letter: char,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    greeting: String,
}

/// Greets the caller letter by letter.
async fn {{ handler }}(
    request: CallableRequest<Input>,
    letters: ChunkSender<Letter>,
) -> Result<Output, HttpsError> {
    request.require_auth()?;
    for letter in request.data.name.chars() {
        letters.send(&Letter { letter }).await?;
    }
    Ok(Output { greeting: format!("Hello {}.", request.data.name) })
}

pub(crate) fn callable() -> Callable {
    Callable::typed_streaming({{ handler }})
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn streams_the_letters_and_ends_with_the_greeting() {
        let call = Call::with(json!({"name": "Al"})).signed_in("ada").streaming();
        let answer = call.to(callable()).await;
        assert_eq!(answer.chunks(), [json!({"letter": "A"}), json!({"letter": "l"})]);
        assert_eq!(answer.result(), json!({"greeting": "Hello Al."}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"name": "Al"})).to(callable()).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
