//! An event of one of AWS's HTTP fronts, read in one pass into a request, and nothing of it twice.
//! Source: aws_lambda_events, `apigw` and `alb`; AWS's guides for API Gateway, Function URLs and ALB.

use std::{borrow::Cow, collections::HashMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Which front sent an event, and so which form its answer must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// API Gateway, REST API.
    Rest,
    /// API Gateway, HTTP API; Function URL.
    Http,
    /// Application Load Balancer.
    Balancer,
}

/// The members that are looked at. All others are skipped, not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'e> {
    request_context: Context<'e>,
    #[serde(borrow)]
    http_method: Option<Text<'e>>,
    #[serde(alias = "rawPath", borrow)]
    path: Option<Text<'e>>,
    #[serde(borrow)]
    raw_query_string: Option<Text<'e>>,
    multi_value_query_string_parameters: Option<Parameters>,
    headers: Option<Headers>,
    multi_value_headers: Option<Headers>,
    #[serde(borrow)]
    body: Option<Text<'e>>,
    is_base64_encoded: Option<bool>,
}

/// Borrowed from the event, unless it has escapes in it.
#[derive(Deserialize)]
struct Text<'e>(#[serde(borrow)] Cow<'e, str>);

#[derive(Deserialize)]
struct Context<'e> {
    #[serde(borrow)]
    http: Option<HttpContext<'e>>,
    elb: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct HttpContext<'e> {
    #[serde(borrow)]
    method: Text<'e>,
}

/// An event that no HTTP front sends. What exactly is odd could repeat a value of it, and stays out.
#[derive(Debug)]
pub(super) struct NoHttpEvent;

impl fmt::Display for NoHttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an event of API Gateway, a Function URL or a load balancer")
    }
}

impl std::error::Error for NoHttpEvent {}

/// The front that sent an event, and the request that it got.
pub(super) fn read(event: &[u8]) -> Result<(Front, Request<Bytes>), NoHttpEvent> {
    // Checked as a whole, which is faster than string by string.
    let event = std::str::from_utf8(event).map_err(|_| NoHttpEvent)?;
    let event: Event<'_> = serde_json::from_str(event).map_err(|_| NoHttpEvent)?;
    let (front, Text(method)) = match (event.request_context.http, event.http_method) {
        (Some(http), _) => (Front::Http, http.method),
        (None, Some(method)) if event.request_context.elb.is_some() => (Front::Balancer, method),
        (None, Some(method)) => (Front::Rest, method),
        (None, None) => return Err(NoHttpEvent),
    };
    let is_base64 = event.is_base64_encoded.unwrap_or_default();
    let mut request = Request::new(body(event.body, is_base64));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| NoHttpEvent)?;
    let parameters = event.multi_value_query_string_parameters;
    *request.uri_mut() = uri(event.path, event.raw_query_string, parameters);
    // Of a header's several values the single form has room for one.
    let several = event.multi_value_headers.filter(|headers| !headers.0.is_empty());
    *request.headers_mut() = several.or(event.headers).unwrap_or_default().0;
    request.headers_mut().remove(header::HOST);
    Ok((front, request))
}

/// A callable answers whatever path reaches it, so that an odd one needs no better replacement.
fn uri(path: Option<Text<'_>>, query: Option<Text<'_>>, parameters: Option<Parameters>) -> Uri {
    let path = path.map(|Text(path)| path).filter(|path| path.starts_with('/'));
    let path = path.unwrap_or(Cow::Borrowed("/"));
    let parameters = parameters.map(|Parameters(query)| Cow::Owned(query));
    let query = query.map(|Text(query)| query).or(parameters);
    match query.filter(|query| !query.is_empty()) {
        None => Uri::try_from(path.as_ref()),
        Some(query) => Uri::try_from(format!("{path}?{query}")),
    }
    .unwrap_or_else(|_| Uri::from_static("/"))
}

/// A decoded query, written as one again.
struct Parameters(String);

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parameters = HashMap::<String, Vec<String>>::deserialize(deserializer)?;
        let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> = parameters
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        Ok(Self(pairs.join("&")))
    }
}

/// A body that is not the base64 that it claims to be is no callable body: empty says the same.
fn body(text: Option<Text<'_>>, is_base64: bool) -> Bytes {
    match text {
        None => Bytes::new(),
        Some(Text(text)) if is_base64 => STANDARD.decode(text.as_ref()).unwrap_or_default().into(),
        Some(Text(text)) => text.into_owned().into(),
    }
}

/// Headers, one value per name or several.
#[derive(Default)]
struct Headers(HeaderMap);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor).map(Self)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = HeaderMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderMap, A::Error> {
        let mut headers = HeaderMap::with_capacity(map.size_hint().unwrap_or(24));
        while let Some(Name(name)) = map.next_key()? {
            map.next_value_seed(Values { name, headers: &mut headers })?;
        }
        Ok(headers)
    }
}

/// `None` for what cannot be the name of a header.
struct Name(Option<HeaderName>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(HeaderName::from_bytes(name.as_bytes()).ok()))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// One value, several, or null: put in under their name, if it is one.
struct Values<'h> {
    name: Option<HeaderName>,
    headers: &'h mut HeaderMap,
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header value, or several")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        if let Some(name) = self.name {
            // No front sends a value with control characters; whoever can invoke the function may. It counts
            // as there, and as wrong.
            let value = HeaderValue::from_bytes(value.as_bytes());
            self.headers.append(name, value.unwrap_or_else(|_| HeaderValue::from_static("?")));
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { name, headers } = self;
        while seq.next_element_seed(Values { name: name.clone(), headers })?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(event: Value) -> Option<(Front, Request<Bytes>)> {
        read(event.to_string().as_bytes()).ok()
    }

    #[test]
    fn reads_each_front_and_refuses_what_is_none() {
        let rest = json!({"httpMethod": "POST", "path": "/a", "requestContext": {"stage": "prod"}});
        let http = json!({"rawPath": "/a", "requestContext": {"http": {"method": "POST"}}});
        let balancer = json!({"httpMethod": "POST", "path": "/a", "requestContext": {"elb": {}}});
        for (event, expected) in
            [(rest, Front::Rest), (http, Front::Http), (balancer, Front::Balancer)]
        {
            let (front, request) = request(event).unwrap();
            assert_eq!(
                (front, request.method().as_str(), request.uri().path()),
                (expected, "POST", "/a")
            );
        }
        for event in [
            json!({}),
            json!([]),
            json!("POST"),
            json!({"requestContext": {}}),
            json!({"requestContext": {"http": {"method": "NO METHOD"}}}),
            json!({"httpMethod": "POST"}),
            json!({"Records": []}),
        ] {
            assert!(request(event.clone()).is_none(), "{event}");
        }
    }

    #[test]
    fn an_odd_path_or_body_is_replaced_and_a_query_is_kept() {
        let with = |member: &str, value: Value| {
            let mut event =
                json!({"rawPath": "/a", "requestContext": {"http": {"method": "POST"}}});
            event[member] = value;
            request(event).unwrap().1
        };
        for path in
            [json!(null), json!(""), json!("a"), json!("/a b"), json!("//"), json!("/\u{0}")]
        {
            let uri = with("rawPath", path.clone()).uri().to_string();
            assert!(uri == "/" || uri == "//", "{path}: {uri}");
        }
        assert_eq!(with("rawQueryString", json!("x=1&y=%20")).uri().to_string(), "/a?x=1&y=%20");
        let rest = json!({
            "httpMethod": "POST", "path": "/a", "requestContext": {},
            "multiValueQueryStringParameters": {"x": ["a b", "c"]},
        });
        assert_eq!(request(rest).unwrap().1.uri().to_string(), "/a?x=a%20b&x=c");
        let mut base64 = json!({
            "rawPath": "/", "requestContext": {"http": {"method": "POST"}},
            "isBase64Encoded": true, "body": "e30=",
        });
        assert_eq!(request(base64.clone()).unwrap().1.body(), "{}");
        base64["body"] = json!("no base64!");
        assert_eq!(request(base64).unwrap().1.body(), "");
        assert_eq!(with("body", json!("text")).body(), "text");
        assert_eq!(with("body", json!(null)).body(), "");
    }

    #[test]
    fn the_form_with_all_values_of_a_header_counts() {
        let event = |single: Value, multi: Value| {
            let event = json!({
                "httpMethod": "POST", "path": "/", "requestContext": {},
                "headers": single, "multiValueHeaders": multi,
            });
            request(event).map(|(_, request)| request)
        };
        let single = json!({"X-A": "1", "Host": "h"});
        let all = |request: &Request<Bytes>| {
            request
                .headers()
                .get_all("x-a")
                .iter()
                .map(|v| v.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        for (multi, expected) in [
            (json!({"x-a": ["1", "2"]}), vec!["1", "2"]),
            (json!({"x-a": []}), vec!["1"]),
            (json!({}), vec!["1"]),
            (json!(null), vec!["1"]),
        ] {
            let request = event(single.clone(), multi).unwrap();
            assert_eq!(all(&request), expected);
            assert!(!request.headers().contains_key("host"));
        }
        let odd = event(json!({"a b": "1", "x-a": "\u{1}", "x-b": "é"}), json!(null)).unwrap();
        assert_eq!(
            (all(&odd), odd.headers()["x-b"].as_bytes()),
            (vec!["?".to_owned()], "é".as_bytes())
        );
        assert!(event(json!({"x-a": 5}), json!(null)).is_none(), "no header value");
        assert!(all(&event(json!({"x-a": null}), json!(null)).unwrap()).is_empty());
    }
}
