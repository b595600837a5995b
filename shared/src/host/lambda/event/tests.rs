//! Events of every front, as recorded or written by hand, and the requests that they become.

mod headers;
mod targets;

use http::Version;
use serde_json::{Value, json};

use super::*;

fn event(event: &Value) -> Result<HttpEvent, NoHttpEvent> {
    read(event.to_string().as_bytes())
}

#[track_caller]
fn request(json: &Value) -> Request<Bytes> {
    let read = event(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert!(!read.has_too_many_headers && read.request.version() == Version::HTTP_11);
    read.request
}

fn all<'r>(request: &'r Request<Bytes>, name: &str) -> Vec<&'r str> {
    let values = request.headers().get_all(name).iter();
    values.map(|value| std::str::from_utf8(value.as_bytes()).unwrap()).collect()
}

/// The members that an event of payload format 1.0 must have. `http` has those of format 2.0, `balancer` those of a
/// load balancer's event.
fn rest() -> Value {
    json!({"httpMethod": "POST", "path": "/a", "requestContext": {"stage": "prod"}})
}

fn http() -> Value {
    json!({"version": "2.0", "rawPath": "/a", "requestContext": {"http": {"method": "POST"}}})
}

fn balancer() -> Value {
    json!({"httpMethod": "POST", "path": "/a", "requestContext": {"elb": {"targetGroupArn": "arn"}}})
}

/// `event` with these members added or replaced.
fn with(mut event: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[test]
fn the_front_is_recognized_by_the_payloads_version_and_by_the_context() {
    let v2 = json!({"requestContext": {"http": {"method": "POST"}}});
    for (json, front) in [
        (rest(), Front::Rest),
        (http(), Front::Http),
        (v2.clone(), Front::Http),
        (balancer(), Front::Balancer),
        (with(rest(), &json!({"version": "1.0"})), Front::Rest),
        // Members of both formats: the version decides; without a version, the context decides.
        (with(rest(), &json!({"version": "2.0", "rawPath": "/b"})), Front::Http),
        (with(http(), &json!({"version": "1.0", "httpMethod": "POST"})), Front::Rest),
        (with(v2, &json!({"httpMethod": "POST", "path": "/b"})), Front::Http),
        (with(balancer(), &json!({"version": null})), Front::Balancer),
        (with(rest(), &json!({"requestContext": {"elb": null, "http": null}})), Front::Rest),
    ] {
        let read = event(&json).unwrap();
        assert_eq!((read.front, read.request.method()), (front, &Method::POST), "{json}");
    }
}

#[test]
fn if_a_member_occurs_twice_the_last_one_counts() {
    let event = br#"{"path":"/a","path":"/b","Path":"/c","requestContext":{"elb":{},"http":{"method":"GET"},
        "http":null,"elb":null},"requestContext":{"http":{"method":"PUT"},"http":{"path":"/d"}},
        "httpMethod":null,"httpMethod":"POST","isBase64Encoded":{"a":1},"isBase64Encoded":false}"#;
    assert_eq!(read(event).unwrap_err(), NoHttpEvent::Unreadable("isBase64Encoded"));
    let event = String::from_utf8_lossy(event).replace(r#""isBase64Encoded":{"a":1},"#, "");
    let read = read(event.as_bytes()).unwrap();
    assert_eq!(read.front, Front::Http);
    assert_eq!((read.request.method(), read.request.uri().path()), (&Method::POST, "/c"));
}

#[test]
fn the_error_for_an_event_of_no_front_names_a_member_and_never_quotes_a_value() {
    let sentence = "not an event of API Gateway, a Function URL or a load balancer: ";
    let secret = "s3cr3t";
    let unreadable = |member: &str| format!("its member {member} cannot be read");
    let no_method = "it has neither httpMethod nor requestContext.http.method";
    let cases = [
        (json!({}), no_method.to_owned()),
        (json!({"Records": [{"body": secret}]}), no_method.to_owned()),
        (json!({"key1": secret, "requestContext": {}}), no_method.to_owned()),
        (
            json!({"routeKey": "$connect", "requestContext": {"connectionId": secret}}),
            no_method.to_owned(),
        ),
        (json!({"routeKey": "ANY /a", "version": "2.0"}), no_method.to_owned()),
        (json!({"version": "2.0"}), no_method.to_owned()),
        (
            json!({"httpMethod": "", "requestContext": {"http": {"method": null}}}),
            no_method.to_owned(),
        ),
        (json!([secret]), "it is not a JSON object".to_owned()),
        (json!(secret), "it is not a JSON object".to_owned()),
        (json!(null), "it is not a JSON object".to_owned()),
        (with(rest(), &json!({"httpMethod": [secret]})), unreadable("httpMethod")),
        (with(rest(), &json!({"httpMethod": "no s3cr3t"})), unreadable("httpMethod")),
        (with(rest(), &json!({"path": {"a": secret}})), unreadable("path")),
        (with(rest(), &json!({"headers": secret})), unreadable("headers")),
        (with(rest(), &json!({"headers": {"a": {"b": secret}}})), unreadable("headers")),
        (with(rest(), &json!({"headers": [{"name": secret}]})), unreadable("headers")),
        (
            with(rest(), &json!({"multiValueHeaders": {"a": [[secret]]}})),
            unreadable("multiValueHeaders"),
        ),
        (
            with(rest(), &json!({"queryStringParameters": secret})),
            unreadable("queryStringParameters"),
        ),
        (
            with(rest(), &json!({"multiValueQueryStringParameters": 5})),
            unreadable("multiValueQueryStringParameters"),
        ),
        (with(rest(), &json!({"isBase64Encoded": secret})), unreadable("isBase64Encoded")),
        (with(rest(), &json!({"isBase64Encoded": {}})), unreadable("isBase64Encoded")),
        (with(rest(), &json!({"requestContext": secret})), unreadable("requestContext")),
        (
            with(rest(), &json!({"requestContext": {"domainName": {}}})),
            unreadable("requestContext.domainName"),
        ),
        (
            with(rest(), &json!({"requestContext": {"http": secret}})),
            unreadable("requestContext.http"),
        ),
        (
            with(http(), &json!({"requestContext": {"http": {"method": {"a": secret}}}})),
            unreadable("requestContext.http.method"),
        ),
        (
            with(http(), &json!({"requestContext": {"http": {"method": "a b"}}})),
            unreadable("requestContext.http.method"),
        ),
        (with(http(), &json!({"cookies": {"a": secret}})), unreadable("cookies")),
        (with(http(), &json!({"rawQueryString": [secret]})), unreadable("rawQueryString")),
        (with(http(), &json!({"version": {}})), unreadable("version")),
    ];
    for (json, expected) in cases {
        let error = event(&json).map(|read| read.request).unwrap_err().to_string();
        assert_eq!(error, format!("{sentence}{expected}"), "{json}");
    }
    for text in [&b"{\"httpMethod\":\"s3cr3t"[..], b"", b"{} {}", b"{\"a\":\"\xFF\"}", b"s3cr3t"] {
        assert_eq!(read(text).unwrap_err(), NoHttpEvent::NotJson);
    }
}

#[test]
fn an_event_written_by_hand_is_read_where_its_meaning_is_clear() {
    let call = r#"{"data":{"n":1.50,"n":2}}"#;
    let cases = [
        ("no context", json!({"httpMethod": "POST", "path": "/a", "body": call})),
        (
            "null members",
            json!({
                "httpMethod": "POST", "path": "/a", "body": call, "requestContext": null, "headers": null,
                "multiValueHeaders": null, "queryStringParameters": null, "isBase64Encoded": null,
                "multiValueQueryStringParameters": null, "cookies": null, "rawPath": null, "version": null,
            }),
        ),
        (
            "PHP's empty maps",
            json!({
                "httpMethod": "POST", "path": "/a", "body": call, "headers": [], "queryStringParameters": [],
            }),
        ),
        (
            "C#'s names",
            json!({
                "HttpMethod": "POST", "Path": "/a", "Body": call, "IsBase64Encoded": false,
                "RequestContext": {"HttpMethod": "POST"}, "Headers": {},
            }),
        ),
        ("lower-case names", json!({"httpmethod": "POST", "path": "/a", "body": call})),
        ("a lower-case method", with(rest(), &json!({"httpMethod": "post", "body": call}))),
        ("a boolean as text", with(rest(), &json!({"isBase64Encoded": "False", "body": call}))),
        ("a boolean as a number", with(rest(), &json!({"isBase64Encoded": 0, "body": call}))),
        (
            "base64, as text",
            with(
                rest(),
                &json!({"isBase64Encoded": "true", "body": "eyJkYXRhIjp7Im4iOjEuNTAsIm4iOjJ9fQ=="}),
            ),
        ),
        (
            "the version as a number",
            json!({
                "version": 2.0, "rawPath": "/a", "httpMethod": "POST", "body": call,
            }),
        ),
        (
            "the method in the context",
            json!({
                "path": "/a", "requestContext": {"httpMethod": "POST"}, "body": call,
            }),
        ),
        (
            "the method in the route",
            json!({
                "version": "2.0", "routeKey": "POST /a", "rawPath": "/a", "body": call,
            }),
        ),
        (
            "the path in the context",
            json!({
                "requestContext": {"http": {"method": "POST", "path": "/a"}}, "body": call,
            }),
        ),
    ];
    for (name, json) in cases {
        let request = request(&json);
        assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/a"), "{name}");
        assert_eq!(request.body(), call, "{name}");
    }
}

#[test]
fn a_body_that_is_a_json_value_becomes_its_text_in_the_event() {
    for (body, expected) in [
        (r#"{"data": {"n":1.50, "n":2}}"#, r#"{"data": {"n":1.50, "n":2}}"#),
        ("[1,\n2]", "[1,\n2]"),
        ("5", "5"),
        ("1e400", ""),
        ("true", "true"),
        ("null", ""),
        (r#""text \"é\" \u00e9""#, "text \"é\" é"),
    ] {
        let event = format!(r#"{{"body":"first","httpMethod":"POST","Body":{body}}}"#);
        match read(event.as_bytes()) {
            Ok(read) => assert_eq!(read.request.body(), expected, "{body}"),
            Err(error) => assert_eq!((error, expected), (NoHttpEvent::NotJson, ""), "{body}"),
        }
    }
}

#[test]
fn base64_is_read_as_fronts_and_as_tools_write_it() {
    for (body, expected) in [
        ("e30=", "{}"),
        ("", ""),
        ("e30", "{}"),
        ("e30=\n", "{}"),
        ("eyJk\r\nYXRh\nIjoi\n w74/In0=", r#"{"data":"þ?"}"#),
        ("eyJkYXRhIjoiw74_In0", r#"{"data":"þ?"}"#),
        ("no base64!", ""),
        ("{\"data\":null}", ""),
        ("e30=e30=", ""),
        ("e", ""),
        ("é", ""),
    ] {
        let json = with(http(), &json!({"isBase64Encoded": true, "body": body}));
        assert_eq!(request(&json).body(), expected, "{body:?}");
    }
}

#[test]
fn any_value_in_any_member_is_read_or_refused_and_never_quoted() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("v4lue"),
        json!([]),
        json!(["v4lue"]),
        json!([[]]),
        json!({}),
        json!({"v4lue": null}),
        json!({"a": {"v4lue": 1}}),
        json!({"a": ["v4lue", 1, null, true]}),
        json!("é\u{0}\u{7f} %?#&=\""),
        json!("x".repeat(100_000)),
    ];
    let recorded = [rest(), http(), balancer()];
    let members = [
        "version",
        "routeKey",
        "requestContext",
        "httpMethod",
        "path",
        "rawPath",
        "rawQueryString",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "headers",
        "multiValueHeaders",
        "cookies",
        "body",
        "isBase64Encoded",
        "resource",
    ];
    let nested = ["http", "elb", "httpMethod", "domainName", "stage"];
    let mut read = 0;
    for front in &recorded {
        for value in &odd {
            let top = members.iter().map(|member| with(front.clone(), &json!({*member: value})));
            let nested = nested.iter().map(|member| {
                let mut json = front.clone();
                json["requestContext"][*member] = value.clone();
                json
            });
            for json in top.chain(nested) {
                match event(&json) {
                    Ok(_) => read += 1,
                    Err(error) => assert!(!error.to_string().contains("v4lue"), "{error}"),
                }
            }
        }
    }
    assert!(read > 400, "{read} of 900 are read");
}

#[test]
fn the_address_of_a_client_is_the_one_that_the_front_saw() {
    let rest = |identity: Value| with(rest(), &json!({"requestContext": {"identity": identity}}));
    let http = |address: &str| {
        let context = json!({"http": {"method": "POST", "sourceIp": address}});
        with(http(), &json!({"requestContext": context}))
    };
    let balancer =
        |addresses: &str| with(balancer(), &json!({"headers": {"x-forwarded-for": addresses}}));
    for (json, address) in [
        (rest(json!({"sourceIp": "203.0.113.7"})), Some("203.0.113.7")),
        (rest(json!({"sourceIp": "2001:db8::7"})), Some("2001:db8::7")),
        (rest(json!({})), None),
        // Written by hand.
        (rest(json!("nobody")), None),
        (rest(json!({"sourceIp": {"a": 1}})), None),
        (rest(json!({"sourceIp": "test-invoke-source-ip"})), None),
        (http("203.0.113.7"), Some("203.0.113.7")),
        (http(""), None),
        (balancer("203.0.113.7"), Some("203.0.113.7")),
        // The first ones are the client's own words.
        (balancer("10.0.0.1, 198.51.100.2, 203.0.113.7"), Some("203.0.113.7")),
        (balancer("10.0.0.1,203.0.113.7:4711"), Some("203.0.113.7")),
        (balancer("[2001:db8::7]:4711"), Some("2001:db8::7")),
        (balancer("203.0.113.7, "), None),
        // A header that a client sends to a gateway does not count.
        (with(rest(json!({})), &json!({"headers": {"x-forwarded-for": "10.0.0.1"}})), None),
    ] {
        let read = event(&json).unwrap();
        assert_eq!(read.client_ip, address.map(|text| text.parse().unwrap()), "{json}");
    }
}
