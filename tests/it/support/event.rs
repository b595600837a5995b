//! Events of AWS's HTTP fronts: recorded ones, into which a test puts its own request.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The fronts, each with its recorded event.
pub(crate) const FRONTS: [(&str, &str); 5] = [
    ("REST API", include_str!("../../fixtures/events/rest_api.json")),
    ("HTTP API", include_str!("../../fixtures/events/http_api.json")),
    ("Function URL", include_str!("../../fixtures/events/function_url.json")),
    ("ALB", include_str!("../../fixtures/events/alb.json")),
    ("ALB, multi-value", include_str!("../../fixtures/events/alb_multi_value.json")),
];

#[derive(Clone)]
pub(crate) struct Event(Value);

impl Event {
    /// A POST with this body through the front with this recorded event.
    pub(crate) fn post(recorded: &str, body: &str) -> Self {
        let mut event: Value = serde_json::from_str(recorded).unwrap();
        event["body"] = json!(body);
        Self(event)
    }

    /// A POST through a Function URL, the front whose event has the fewest members. It supports streams.
    pub(crate) fn function_url(body: &str) -> Self {
        Self::post(FRONTS[2].1, body)
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        if self.0["httpMethod"].is_string() {
            self.0["httpMethod"] = json!(method);
        } else {
            self.0["requestContext"]["http"]["method"] = json!(method);
        }
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &[&format!("Bearer {token}")])
    }

    /// Sets a header as this front writes it: single form, multi-value form, or both.
    pub(crate) fn header(mut self, name: &str, values: &[&str]) -> Self {
        let set = |headers: &mut Value, value: Value| {
            let Some(members) = headers.as_object_mut() else {
                return;
            };
            members.retain(|key, _| !key.eq_ignore_ascii_case(name));
            if !values.is_empty() {
                members.insert(name.to_owned(), value);
            }
        };
        let single = match self.0["version"] == "2.0" {
            true => values.join(","),
            false => values.last().copied().unwrap_or_default().to_owned(),
        };
        set(&mut self.0["headers"], json!(single));
        set(&mut self.0["multiValueHeaders"], json!(values));
        self
    }

    /// Encodes the body in base64, as fronts do with a body that they do not consider text.
    pub(crate) fn in_base64(mut self) -> Self {
        let text = self.0["body"].as_str().unwrap().to_owned();
        self.0["body"] = json!(STANDARD.encode(text));
        self.0["isBase64Encoded"] = json!(true);
        self
    }

    /// Replaces the value at this JSON pointer.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        *self.0.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        self
    }

    /// Sets a top-level member, even if the recorded event does not have it.
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    pub(crate) fn json(&self) -> String {
        self.0.to_string()
    }
}
