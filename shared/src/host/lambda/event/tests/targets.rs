//! The request as the client sent it: the same target, host and cookies through every front.
//!
//! The forms of the events are those that AWS's guides and live captures show, with our own values in them; a comment
//! names the source of each. Function URLs, REST APIs and balancers send a path unchanged, HTTP APIs decode it
//! (captures in hotsock/voker#8 on GitHub). REST APIs decode parameters, balancers do not (Elastic Load Balancing
//! guide, "Lambda functions as targets": "the load balancer does not decode them").

use serde_json::Map;

use super::*;

const HOST: &str = "api.example.com";
/// The target that the client sends.
const TARGET: &str =
    "/notes/caf%C3%A9%20au%20lait?q=a%20b%26c&q=%C3%A9&empty=&next=%2Fhome%3Fx%3D1";
const COOKIE: &str = "a=1; b=2";

#[test]
fn a_request_is_the_same_through_every_front() {
    let path = "/notes/caf%C3%A9%20au%20lait";
    let decoded_path = "/notes/café au lait";
    let raw_query = "q=a%20b%26c&q=%C3%A9&empty=&next=%2Fhome%3Fx%3D1";
    let decoded = json!({"q": ["a b&c", "é"], "empty": [""], "next": ["/home?x=1"]});
    let decoded_last = json!({"q": "é", "empty": "", "next": "/home?x=1"});
    let encoded = json!({"q": ["a%20b%26c", "%C3%A9"], "empty": [""], "next": ["%2Fhome%3Fx%3D1"]});
    let recorded = [
        // API Gateway developer guide, "Lambda proxy integrations in API Gateway", input format.
        (
            "REST API",
            json!({
                "resource": "/{proxy+}", "path": path, "httpMethod": "POST",
                "headers": {"Host": HOST, "Cookie": COOKIE},
                "multiValueHeaders": {"Host": [HOST], "Cookie": [COOKIE]},
                "queryStringParameters": decoded_last, "multiValueQueryStringParameters": decoded,
                "pathParameters": {"proxy": "notes/caf%C3%A9%20au%20lait"}, "stageVariables": null,
                "requestContext": {
                    "resourcePath": "/{proxy+}", "httpMethod": "POST", "path": format!("/prod{path}"),
                    "protocol": "HTTP/1.1", "stage": "prod", "domainName": HOST, "apiId": "a1b2c3d4e5",
                    "identity": {"sourceIp": "198.51.100.7", "userAgent": "node"},
                },
                "body": null, "isBase64Encoded": false,
            }),
        ),
        // The same guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format version 1.0.
        (
            "HTTP API, 1.0",
            json!({
                "version": "1.0", "resource": "/{proxy+}", "path": decoded_path, "httpMethod": "POST",
                "headers": {"Host": HOST, "cookie": COOKIE},
                "multiValueHeaders": {"Host": [HOST], "cookie": [COOKIE]},
                "queryStringParameters": decoded_last, "multiValueQueryStringParameters": decoded,
                "requestContext": {"accountId": "1", "domainName": HOST, "httpMethod": "POST", "stage": "$default"},
                "body": "", "isBase64Encoded": false,
            }),
        ),
        // The same page, version 2.0.
        (
            "HTTP API, 2.0",
            json!({
                "version": "2.0", "routeKey": "$default", "rawPath": decoded_path, "rawQueryString": raw_query,
                "cookies": ["a=1", "b=2"], "headers": {"host": HOST},
                "queryStringParameters": {"q": "a b&c,é", "empty": "", "next": "/home?x=1"},
                "requestContext": {
                    "domainName": HOST, "stage": "$default", "routeKey": "$default",
                    "http": {"method": "POST", "path": decoded_path, "protocol": "HTTP/1.1"},
                },
                "isBase64Encoded": false,
            }),
        ),
        // Lambda developer guide, "Invoking Lambda function URLs". Unlike an HTTP API, it also keeps the
        // `cookie` header.
        (
            "Function URL",
            json!({
                "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": raw_query,
                "cookies": ["a=1", "b=2"], "headers": {"host": HOST, "cookie": "a=1"},
                "queryStringParameters": {"q": "a b&c,é", "empty": "", "next": "/home?x=1"},
                "requestContext": {"domainName": HOST, "http": {"method": "POST", "path": path}},
                "isBase64Encoded": false,
            }),
        ),
        // Elastic Load Balancing guide, "Multi-value headers".
        (
            "balancer, multi-value",
            json!({
                "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "POST", "path": path,
                "multiValueQueryStringParameters": encoded,
                "multiValueHeaders": {"host": [HOST], "cookie": ["a=1", "b=2"]},
                "body": "", "isBase64Encoded": false,
            }),
        ),
        // Written by hand: the domain becomes the host, and the parameters of version 1.0 become the query.
        (
            "by hand",
            json!({
                "path": decoded_path, "httpMethod": "POST", "headers": {"cookie": COOKIE},
                "multiValueQueryStringParameters": decoded, "requestContext": {"domainName": HOST},
            }),
        ),
    ];
    for (name, json) in recorded {
        let request = request(&json);
        assert_eq!(request.uri(), TARGET, "{name}");
        assert_eq!(all(&request, "host"), [HOST], "{name}");
        assert_eq!(all(&request, "cookie"), [COOKIE], "{name}");
        assert_eq!(request.headers().len(), 2, "{name}: {:?}", request.headers());
    }
}

/// Some fronts send only one value for each name, in a member of its own.
#[test]
fn single_valued_parameters_become_the_query_if_there_are_no_others() {
    let parameters = |single: Value| json!({"queryStringParameters": single});
    for (front, members, query) in [
        // In the order of the event.
        (rest(), parameters(json!({"z": "1", "a": "x y", "m": "é"})), "z=1&a=x%20y&m=%C3%A9"),
        (rest(), parameters(json!({"a": "%3F", "b[]": "c=d"})), "a=%253F&b%5B%5D=c%3Dd"),
        (rest(), parameters(json!({"a": "-_.!~*'()"})), "a=-_.!~*'()"),
        (rest(), parameters(json!({"n": 5, "yes": true, "none": null})), "n=5&yes=true"),
        (
            balancer(),
            parameters(json!({"a": "%3Fx%3D1", "b%5B%5D": "c+d"})),
            "a=%3Fx%3D1&b%5B%5D=c+d",
        ),
        (balancer(), parameters(json!({"a": "x y", "b": "é&\"#"})), "a=x%20y&b=%C3%A9%26%22%23"),
        (http(), parameters(json!({"a": "x y"})), "a=x%20y"),
        (
            rest(),
            json!({"queryStringParameters": {"a": "2", "b": "3"}, "multiValueQueryStringParameters": {"a": ["1", "2"]}}),
            "a=1&a=2&b=3",
        ),
        // Parameters whose names differ in case are different parameters; headers are not.
        (
            rest(),
            json!({"queryStringParameters": {"A": "2"}, "multiValueQueryStringParameters": {"a": ["1"]}}),
            "a=1&A=2",
        ),
        // Members of both formats: that of the event's own format counts; if it is missing, the other one counts.
        (rest(), json!({"rawQueryString": "a=1"}), "a=1"),
        (rest(), json!({"rawQueryString": "a=1", "queryStringParameters": {"a": "2"}}), "a=2"),
        (http(), json!({"rawQueryString": "a=1", "queryStringParameters": {"a": "2"}}), "a=1"),
        (http(), json!({"rawQueryString": "a=x y&b=é\"<>#f"}), "a=x%20y&b=%C3%A9%22%3C%3E%23f"),
        (http(), json!({"rawQueryString": "a=%zz&b=[]{}|\\^`'?/"}), "a=%zz&b=[]{}|\\^`'?/"),
    ] {
        let json = with(front, &members);
        assert_eq!(request(&json).uri().query(), Some(query), "{json}");
    }
    for none in [json!({}), json!(null), json!({"a": null})] {
        assert_eq!(request(&with(rest(), &parameters(none))).uri(), "/a");
    }
}

#[test]
fn a_path_is_encoded_only_where_it_must_be_and_the_query_is_not_lost() {
    for (path, expected) in [
        ("/a%2Fb/%C3%A9", "/a%2Fb/%C3%A9"),
        ("/a b/é", "/a%20b/%C3%A9"),
        ("/50%/%zz/%4", "/50%25/%25zz/%254"),
        ("/a?b=c#d", "/a%3Fb=c%23d"),
        ("/\u{0}\u{7f}\n", "/%00%7F%0A"),
        ("/<>\"{}|\\^`[]", "/%3C%3E%22%7B%7D|\\^%60[]"),
        ("/:@!$&'()*+,;=-._~", "/:@!$&'()*+,;=-._~"),
        ("//", "//"),
        ("//evil.example/x", "//evil.example/x"),
        ("a/b", "/a/b"),
        ("http://[", "/http://["),
        ("*", "/*"),
        ("", "/"),
    ] {
        for (front, member) in [(rest(), "path"), (http(), "rawPath"), (balancer(), "path")] {
            let json = with(
                front,
                &json!({
                    member: path, "rawQueryString": "x=1", "requestContext": {"elb": {}, "http": null},
                }),
            );
            let json =
                if member == "rawPath" { with(json, &json!({"httpMethod": "POST"})) } else { json };
            let uri = request(&json).uri().clone();
            assert_eq!((uri.path(), uri.query()), (expected, Some("x=1")), "{path:?}");
            assert_eq!((uri.host(), uri.scheme()), (None, None), "{path:?}");
        }
    }
    // Members of both formats: that of the event's own format counts.
    let both = json!({"path": "/path", "rawPath": "/raw"});
    assert_eq!(request(&with(rest(), &both)).uri(), "/path");
    assert_eq!(request(&with(balancer(), &both)).uri(), "/path");
    assert_eq!(request(&with(http(), &both)).uri(), "/raw");
    assert_eq!(request(&json!({"httpMethod": "POST", "rawPath": "/raw"})).uri(), "/raw");
}

#[test]
fn a_target_longer_than_a_uri_loses_its_query_or_becomes_a_slash() {
    let long = "x".repeat(70_000);
    let json = with(http(), &json!({"rawQueryString": long}));
    assert_eq!(request(&json).uri(), "/a");
    let json = with(http(), &json!({"rawPath": format!("/{long}"), "rawQueryString": "x=1"}));
    assert_eq!(request(&json).uri(), "/");
    let many: Map<String, Value> = (0..100_000).map(|n| (format!("p{n}"), json!("é"))).collect();
    for front in [rest(), balancer()] {
        let json = with(front, &json!({"queryStringParameters": many}));
        assert_eq!(request(&json).uri(), "/a");
    }
}

#[test]
fn cookies_are_one_header() {
    for (members, expected) in [
        (json!({"cookies": ["a=1", "b=2"]}), vec!["a=1; b=2"]),
        (json!({"cookies": "a=1; b=2"}), vec!["a=1; b=2"]),
        (json!({"cookies": [], "headers": {"cookie": "a=1"}}), vec!["a=1"]),
        (json!({"cookies": null, "headers": {"Cookie": "a=1"}}), vec!["a=1"]),
        (json!({"cookies": ["a=1"], "headers": {"cookie": "b=2"}}), vec!["a=1"]),
        (json!({"cookies": ["a=\u{1}"]}), vec!["?"]),
        (json!({"multiValueHeaders": {"cookie": ["a=1", "b=2", "c=3"]}}), vec!["a=1; b=2; c=3"]),
        (json!({"cookies": []}), vec![]),
    ] {
        for front in [rest(), http(), balancer()] {
            let json = with(front, &members);
            assert_eq!(all(&request(&json), "cookie"), expected, "{json}");
        }
    }
}

#[test]
fn the_host_is_that_of_the_header_or_else_the_fronts_domain() {
    let context = |domain: Value| json!({"http": {"method": "POST"}, "domainName": domain});
    for (headers, domain, expected) in [
        (json!({"host": "a.example"}), json!("b.example"), vec!["a.example"]),
        (json!({}), json!("b.example"), vec!["b.example"]),
        (json!({}), json!("\u{1}"), vec![]),
        (json!({}), json!(null), vec![]),
    ] {
        let json = with(http(), &json!({"headers": headers, "requestContext": context(domain)}));
        assert_eq!(all(&request(&json), "host"), expected, "{json}");
    }
}
