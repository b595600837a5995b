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
    /// 100 KB of each of five contents.
    Ascii,
    Lines,
    Accents,
    Records,
    Numbers,
    Text1Mb,
    Text5Mb,
    Stream,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::FreshToken,
        Self::RestApi,
        Self::SameToken,
        Self::NoToken,
        Self::BadToken,
        Self::Preflight,
        Self::Ascii,
        Self::Lines,
        Self::Accents,
        Self::Text1Mb,
    ];
    /// Calls whose data is not one text. The answer is the data.
    pub(crate) const STRUCTURED: [Self; 2] = [Self::Records, Self::Numbers];

    /// The name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FreshToken => "fresh token",
            Self::RestApi => "fresh token, REST API",
            Self::SameToken => "same token",
            Self::NoToken => "no token",
            Self::BadToken => "bad token",
            Self::Preflight => "preflight",
            Self::Ascii => "100 KB of ASCII",
            Self::Lines => "100 KB with quotes and line ends",
            Self::Accents => "100 KB with accents",
            Self::Records => "100 KB of records",
            Self::Numbers => "100 KB of numbers",
            Self::Text1Mb => "1 MB",
            Self::Text5Mb => "5 MB",
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
            Self::Ascii => {
                filled("It was the best of times; it was the worst of times, we had it all. ")
            }
            Self::Lines => {
                filled("\"Who's there?\"\n\"Nay, answer me: stand, and unfold yourself.\"\r\n\t\\ ")
            }
            Self::Accents => {
                filled("Größe naïve façade, señor: été à l’hôpital. Žluťoučký kůň 世界 🦀 ")
            }
            Self::Text1Mb => "x".repeat(1 << 20),
            Self::Text5Mb => "x".repeat(5 << 20),
            _ => "some message".to_owned(),
        }
    }

    /// The data of a structured call.
    fn records(self) -> Option<Value> {
        let record = |n: usize| {
            json!({
                "id": format!("order-{n}"), "customer": "Ada Lovelace", "paid": n.is_multiple_of(3), "count": n, "price": 12.5,
                "note": null, "tags": ["new", "books"],
            })
        };
        match self {
            Self::Records => Some((0..780).map(record).collect()),
            Self::Numbers => Some(
                (0..11_500_u32).map(|n| json!(f64::from(n * 7919 % 100_000) + 0.125)).collect(),
            ),
            _ => None,
        }
    }

    fn data(self) -> Value {
        match self.records() {
            Some(records) => json!({ "records": records }),
            None => json!({ "text": self.text() }),
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
            Self::SameToken | Self::Ascii | Self::Lines | Self::Accents => Some(token("ada")),
            Self::Records | Self::Numbers | Self::Text1Mb | Self::Text5Mb => Some(token("ada")),
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
            event["body"] = json!(json!({ "data": self.data() }).to_string());
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
            if let Some(records) = self.records() {
                assert_eq!(body["result"]["records"], records, "{target}, {name}");
                return;
            }
            let message = body["result"]["message"].as_str().unwrap();
            let is_right = message.contains(&self.text()) && message.contains("from user ada");
            assert!(is_right, "{target}, {name}");
        }
    }
}

/// 100 KB of this text, again and again.
fn filled(text: &str) -> String {
    text.repeat((100 << 10) / text.len())
}

fn token(uid: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    TestKeys::shared().id_token(PROJECT, uid, now).claim("email", "ada@example.com").sign()
}
