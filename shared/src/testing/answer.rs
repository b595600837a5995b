//! The answer to a call in a test: result, error and chunks as a client reads them, also from a stream.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

/// The answer to a [`Call`](super::Call).
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text body")
    }

    /// The header of this name, if there is one. Fails if there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "there are several {name} headers");
        Some(value.to_str().expect("a text header"))
    }

    /// The handler's result, also at the end of a stream. Fails if the answer is an error.
    #[must_use]
    pub fn result(&self) -> Value {
        self.last("result")
    }

    /// The error that the client sees: `{message, status, details?}`. Fails if the answer is a result.
    #[must_use]
    pub fn error(&self) -> Value {
        self.last("error")
    }

    /// The chunks that a stream sent before its result or error, in order.
    #[must_use]
    pub fn chunks(&self) -> Vec<Value> {
        self.events().into_iter().filter_map(|mut event| event.remove("message")).collect()
    }

    fn last(&self, member: &str) -> Value {
        let envelope = self.events().pop().unwrap_or_else(|| object(&self.body));
        assert_eq!(envelope.len(), 1, "not an envelope: {envelope:?}");
        let value = envelope.into_iter().next().filter(|(name, _)| name == member);
        value.unwrap_or_else(|| panic!("no {member}: {}", self.text())).1
    }

    /// The events of a stream; empty if the answer is not a stream.
    fn events(&self) -> Vec<Map<String, Value>> {
        let lines = self.text().lines().filter_map(|line| line.strip_prefix("data:"));
        lines.map(|line| object(line.as_bytes())).collect()
    }
}

fn object(json: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(json).expect("a JSON object")
}
