//! Asks a language model, and sends its answer piece by piece. If the app closes the stream, the handler is dropped, and
//! with it the request to the model, where the host can tell (outside of Lambda).

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ChunkSender, ErrorCode, HttpsError, OrError};

use crate::model::Model;

#[derive(Deserialize)]
struct Question {
    text: String,
}

/// A piece of the answer, and in the end the whole of it.
#[derive(Serialize)]
struct Text {
    text: String,
}

async fn ask_assistant(
    model: Model,
    request: CallableRequest<Question>,
    pieces: ChunkSender<Text>,
) -> Result<Text, HttpsError> {
    request.require_auth()?;
    let question = &request.data.text;
    if !(1..=2_000).contains(&question.chars().count()) {
        return Err(HttpsError::invalid_fields([("data.text", "must have 1 to 2000 letters")]));
    }
    let silent = "The assistant does not answer";
    let asked = model.ask(question, &request.invocation).await;
    let mut answer = asked.or_error(ErrorCode::Unavailable, silent)?;
    let mut whole = String::new();
    while let Some(text) = answer.next().await.or_error(ErrorCode::Unavailable, silent)? {
        whole.push_str(&text);
        pieces.send(&Text { text }).await?;
    }
    Ok(Text { text: whole })
}

pub(crate) fn callable(model: Model) -> Callable {
    Callable::streaming_with(model, ask_assistant)
}

#[cfg(test)]
mod tests {
    use firebase_callable_aws::Secret;
    use serde_json::json;
    use shared::testing::{Answer, Call};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Asks a model that answers with these events, and then closes the connection.
    async fn ask(events: &'static str) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = client.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(request.contains("authorization: Bearer sk_test_1"), "{request}");
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            client.write_all(format!("{head}{events}").as_bytes()).await.unwrap();
        });
        let model = Model::at(&url, Secret::from_text("sk_test_1")).unwrap();
        let call = Call::with(json!({"text": "What shall I buy?"})).signed_in("ada").streaming();
        call.to(callable(model)).await
    }

    #[tokio::test]
    async fn the_pieces_arrive_one_by_one_and_then_the_whole() {
        let events = "data: {\"text\":\"Buy \"}\n\ndata: {\"text\":\"milk\"}\n\ndata: [DONE]\n\n";
        let answer = ask(events).await;
        assert_eq!(answer.chunks(), [json!({"text": "Buy "}), json!({"text": "milk"})]);
        assert_eq!(answer.result(), json!({"text": "Buy milk"}));
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_or_makes_no_sense_is_unavailable() {
        for events in ["data: {\"text\":\"Buy \"}\n\n", "data: 5\n\n", "hello\n\n"] {
            assert_eq!(ask(events).await.error()["status"], "UNAVAILABLE", "{events}");
        }
    }
}
