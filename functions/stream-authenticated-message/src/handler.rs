//! Streams the caller's text in a sentence with the caller's id, word by word, and ends with the
//! whole sentence. Signed-in callers only.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
use tokio::time::sleep;

#[derive(Deserialize, JsonSchema)]
struct Input {
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    message: String,
}

/// The pause between words, so that a person sees them arrive.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends a sentence with the text and the caller's id, word by word, and returns it.
async fn stream_authenticated_message(
    request: CallableRequest<Input>,
    words: ChunkSender<str>,
) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let text = &request.data.text;
    let message = format!("Authenticated message '{text}' from user {}.", caller.uid());
    for word in message.split(' ') {
        if words.send(word).await? {
            sleep(PAUSE).await;
        }
    }
    Ok(Output { message })
}

pub(crate) fn callable() -> Callable {
    Callable::typed_streaming(stream_authenticated_message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test(start_paused = true)]
    async fn streams_the_sentence_word_by_word_and_ends_with_the_whole() {
        let call = Call::with(json!({"text": "hello"})).signed_in("ada").streaming();
        let answer = call.to(callable()).await;
        let words = ["Authenticated", "message", "'hello'", "from", "user", "ada."];
        assert_eq!(answer.chunks(), words);
        let message = "Authenticated message 'hello' from user ada.";
        assert_eq!(answer.result(), json!({"message": message}));
    }

    #[tokio::test]
    async fn answers_a_client_that_does_not_stream_with_the_sentence() {
        let answer = Call::with(json!({"text": "hello"})).signed_in("ada").to(callable()).await;
        let message = "Authenticated message 'hello' from user ada.";
        assert_eq!(answer.result(), json!({"message": message}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"text": "hello"})).streaming().to(callable()).await;
        let message = "The function must be called while authenticated";
        assert_eq!(answer.error(), json!({"message": message, "status": "UNAUTHENTICATED"}));
        assert_eq!(answer.chunks(), Vec::<serde_json::Value>::new());
    }
}
