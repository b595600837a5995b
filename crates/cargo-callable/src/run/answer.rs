//! The front's own answers, in the form that the Firebase SDKs read, and readable for a page of any origin.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;

use super::front::AnyBody;

/// What of a request decides the form of an answer to it.
#[derive(Clone)]
pub(super) struct Asked {
    method: Method,
    streams: bool,
    wanted_headers: Option<HeaderValue>,
}

/// Why a call has no answer of its function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No function has this name.
    NotFound,
    /// The function is not there, for this reason.
    Unavailable(String),
    /// It did not answer in Lambda's longest time.
    Late,
    /// Its process broke the connection, or answered an error that is no callable's.
    Internal,
}

impl Asked {
    pub(super) fn new(method: &Method, headers: &HeaderMap) -> Self {
        Self {
            method: method.clone(),
            streams: headers.get(header::ACCEPT).is_some_and(|value| value == "text/event-stream"),
            wanted_headers: headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
        }
    }
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, &str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "Not Found"),
            Self::Unavailable(reason) => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", reason),
            Self::Late => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED", "Deadline Exceeded"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "INTERNAL"),
        }
    }

    /// As an event of a stream that has begun.
    pub(super) fn event(&self) -> Bytes {
        let (_, status, message) = self.parts();
        let body = json!({ "error": { "message": message, "status": status } });
        Bytes::from(format!("\n\ndata: {body}\n\n"))
    }

    /// The whole answer. A preflight gets 204: only then does a browser send the call, and its page can read the reason.
    pub(super) fn answer(&self, asked: &Asked) -> Response<AnyBody> {
        let (code, status, message) = self.parts();
        let body = json!({ "error": { "message": message, "status": status } }).to_string();
        let (code, kind, body) = if asked.method == Method::OPTIONS {
            (StatusCode::NO_CONTENT, None, String::new())
        } else if asked.streams {
            (StatusCode::OK, Some("text/event-stream"), format!("data: {body}\n\n"))
        } else {
            (code, Some("application/json"), body)
        };
        let mut answer =
            Response::new(Full::from(body).map_err(|never| match never {}).boxed_unsync());
        *answer.status_mut() = code;
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        } else {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
            if let Some(wanted) = &asked.wanted_headers {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use http_body_util::BodyExt as _;

    use super::{Asked, Refusal};

    async fn answer(method: Method, headers: &[(&'static str, &str)]) -> (u16, HeaderMap, String) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let refusal = Refusal::Unavailable("functions/x does not compile".to_owned());
        let (head, body) = refusal.answer(&Asked::new(&method, &headers)).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_call_a_stream_and_a_preflight_get_a_form_that_a_page_can_read() {
        let body = r#"{"error":{"message":"functions/x does not compile","status":"UNAVAILABLE"}}"#;
        let (status, headers, text) = answer(Method::POST, &[]).await;
        assert_eq!((status, text.as_str()), (503, body));
        assert_eq!(headers["access-control-allow-origin"], "*");
        let (status, headers, text) =
            answer(Method::POST, &[("accept", "text/event-stream")]).await;
        assert_eq!((status, text), (200, format!("data: {body}\n\n")));
        assert_eq!(headers["content-type"], "text/event-stream");
        let asked = [("access-control-request-headers", "content-type")];
        let (status, headers, text) = answer(Method::OPTIONS, &asked).await;
        assert_eq!((status, text.as_str()), (204, ""));
        assert_eq!(headers["access-control-allow-headers"], "content-type");
        assert_eq!(headers["access-control-allow-origin"], "*");
    }
}
