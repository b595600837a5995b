//! Asks another service, with a key: put what your callable does here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

use crate::service::Service;

#[derive(Deserialize, JsonSchema)]
struct Input {
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    text: String,
}

/// Sends a text to another service, and returns its answer.
async fn {{ handler }}(
    service: impl Service,
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    request.require_auth()?;
    let answer = service.ask(&request.data.text, &request.invocation).await;
    Ok(Output { text: answer.or_error(ErrorCode::Unavailable, "The service does not answer")? })
}

pub(crate) fn callable(service: impl Service) -> Callable {
    Callable::typed_with(service, {{ handler }})
}

#[cfg(test)]
mod tests {
    use firebase_callable_aws::Secret;
    use serde_json::json;
    use shared::testing::{Call, MockServer};

    use super::*;
    use crate::service::Remote;

    #[tokio::test]
    async fn sends_the_text_with_the_key_and_returns_the_answer() {
        let server = MockServer::start(|_| (200, json!({"text": "hello"}))).await;
        let url = server.url.uri().to_string();
        let remote = Remote::at(&url, Secret::from_text("sk_test_1")).unwrap();
        let call = Call::with(json!({"text": "hi"})).signed_in("ada");
        assert_eq!(call.to(callable(remote)).await.result(), json!({"text": "hello"}));
        let requests = server.requests();
        assert_eq!(requests[0].headers()["authorization"], "Bearer sk_test_1");
        assert_eq!(requests[0].body(), r#"{"text":"hi"}"#);
    }

    #[tokio::test]
    async fn a_service_that_fails_is_unavailable() {
        let server = MockServer::start(|_| (500, json!({}))).await;
        let url = server.url.uri().to_string();
        let remote = Remote::at(&url, Secret::from_text("sk_test_1")).unwrap();
        let call = Call::with(json!({"text": "hi"})).signed_in("ada");
        assert_eq!(call.to(callable(remote)).await.error()["status"], "UNAVAILABLE");
    }
}
