//! The events of the measured calls, as fronts send them, and the answers that they must get.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use shared::testing::{PROJECT, TestKeys};

const REST_API: &str = include_str!("../../fixtures/events/rest_api.json");
const FUNCTION_URL: &str = include_str!("../../fixtures/events/function_url.json");

/// One kind of call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    FreshToken,
    /// A fresh token through a REST API of API Gateway; all other kinds come through a Function URL.
    RestApi,
    SameToken,
    NoToken,
    BadToken,
    Preflight,
    Text100Kb,
    Text1Mb,
    Stream,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::FreshToken,
        Self::RestApi,
        Self::SameToken,
        Self::NoToken,
        Self::BadToken,
        Self::Preflight,
        Self::Text100Kb,
        Self::Text1Mb,
    ];

    /// The name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FreshToken => "fresh token",
            Self::RestApi => "fresh token, REST API",
            Self::SameToken => "same token",
            Self::NoToken => "no token",
            Self::BadToken => "bad token",
            Self::Preflight => "preflight",
            Self::Text100Kb => "100 KB",
            Self::Text1Mb => "1 MB",
            Self::Stream => "stream",
        }
    }

    fn status(self) -> u64 {
        match self {
            Self::NoToken | Self::BadToken => 401,
            Self::Preflight => 204,
            _ => 200,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Text100Kb => "x".repeat(100 << 10),
            Self::Text1Mb => "x".repeat(1 << 20),
            _ => "some message".to_owned(),
        }
    }

    /// The token of the `n`th call.
    fn bearer(self, n: usize) -> Option<String> {
        match self {
            Self::NoToken | Self::Preflight => None,
            Self::BadToken => {
                let token = token("ada");
                Some(format!("{}AAAA", &token[..token.len() - 4]))
            }
            Self::FreshToken | Self::RestApi | Self::Stream => Some(token(&format!("ada-{n}"))),
            Self::SameToken | Self::Text100Kb | Self::Text1Mb => Some(token("ada")),
        }
    }

    /// The `n`th event of this kind.
    pub(crate) fn event(self, n: usize) -> Vec<u8> {
        let recorded = if self == Self::RestApi { REST_API } else { FUNCTION_URL };
        let mut event: Value = serde_json::from_str(recorded).unwrap();
        let mut headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("Origin", "https://app.example".to_owned()),
        ];
        headers.extend(self.bearer(n).map(|token| ("Authorization", format!("Bearer {token}"))));
        if self == Self::Stream {
            headers.push(("Accept", "text/event-stream".to_owned()));
        }
        if self == Self::Preflight {
            headers
                .push(("Access-Control-Request-Headers", "authorization,content-type".to_owned()));
            event["requestContext"]["http"]["method"] = json!("OPTIONS");
            event.as_object_mut().unwrap().remove("body");
        } else {
            event["body"] = json!(json!({ "data": { "text": self.text() } }).to_string());
        }
        for (name, value) in headers {
            if self == Self::RestApi {
                event["headers"][name] = json!(value);
                event["multiValueHeaders"][name] = json!([value]);
            } else {
                event["headers"][name.to_lowercase()] = json!(value);
            }
        }
        event.to_string().into_bytes()
    }

    /// Panics unless `answer` is the expected one, so that the time of a wrong answer is not counted.
    pub(crate) fn check(self, target: &str, answer: &[u8]) {
        let proxy: Value = serde_json::from_slice(answer).unwrap();
        let name = self.name();
        assert_eq!(proxy["statusCode"], self.status(), "{target}, {name}: {proxy}");
        if self.status() == 200 {
            let body: Value = serde_json::from_str(proxy["body"].as_str().unwrap()).unwrap();
            let message = body["result"]["message"].as_str().unwrap();
            let is_right = message.contains(&self.text()) && message.contains("from user ada");
            assert!(is_right, "{target}, {name}");
        }
    }
}

fn token(uid: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    TestKeys::shared().id_token(PROJECT, uid, now).claim("email", "ada@example.com").sign()
}
