//! Headers: each value is read once, and any number of headers is served or refused.

use serde_json::Map;

use super::*;

#[test]
fn each_value_of_a_header_is_read_once_from_whichever_member_has_it() {
    let cases = [
        // REST: both members, with the same names in the same order.
        (
            json!({"Host": "h", "X-A": "2"}),
            json!({"Host": ["h"], "X-A": ["1", "2"]}),
            vec!["1", "2"],
        ),
        (
            json!({"X-A": "2", "Host": "h"}),
            json!({"host": ["h"], "x-a": ["1", "2"]}),
            vec!["1", "2"],
        ),
        (json!({"Host": "h", "X-A": "1"}), json!({"x-a": []}), vec!["1"]),
        (json!({"Host": "h", "X-A": "1"}), json!({}), vec!["1"]),
        (json!({"Host": "h", "X-A": "1"}), json!(null), vec!["1"]),
        (json!(null), json!({"host": ["h"], "x-a": ["1"]}), vec!["1"]),
        // Written by hand: some names in one member, some in the other.
        (json!({"X-A": "1"}), json!({"host": ["h"]}), vec!["1"]),
        (json!({"Host": "h", "x-a": "1"}), json!({"X-A": ["1", "1"]}), vec!["1", "1"]),
        (json!({"Host": "h", "x-a": 5}), json!(null), vec!["5"]),
        (json!({"Host": "h", "x-a": true}), json!(null), vec!["true"]),
        (json!({"Host": "h", "x-a": ["1", 2, null]}), json!(null), vec!["1", "2"]),
        (json!({"Host": "h", "x-a": null}), json!(null), vec![]),
        // A name that is not valid is left out; a value that is not valid becomes `?`, which no function accepts.
        (json!({"Host": "h", "x-a": "\u{1}", "a b": "1", "": "1"}), json!(null), vec!["?"]),
        (json!({"Host": "h", "x-a": "é"}), json!(null), vec!["é"]),
    ];
    for (single, several, expected) in cases {
        let json = with(rest(), &json!({"headers": single, "multiValueHeaders": several}));
        let request = request(&json);
        assert_eq!(all(&request, "x-a"), expected, "{json}");
        assert_eq!(all(&request, "host"), ["h"], "{json}");
        assert!(request.headers().keys_len() <= 2, "{json}");
    }
}

/// If a header were left out, a signed-in caller could look signed out, or a request with two tokens could look as if
/// it had one.
#[test]
fn any_number_of_headers_is_served_whole_or_refused() {
    let numbered = |count: usize| -> Map<String, Value> {
        (0..count).map(|n| (format!("x-{n}"), json!("v"))).collect()
    };
    let same = |count: usize| json!({"x-a": vec!["v"; count]});
    let long = json!({"x-a": "v".repeat(1 << 20), "n".repeat(70_000): "v"});
    for (name, members, whole) in [
        ("1,000", json!({"headers": numbered(1_000)}), true),
        ("20,000", json!({"headers": numbered(20_000)}), true),
        ("as many as a map holds", json!({"headers": numbered(24_576)}), true),
        ("one more", json!({"headers": numbered(24_577)}), false),
        ("40,000", json!({"headers": numbered(40_000)}), false),
        ("100,000", json!({"headers": numbered(100_000)}), false),
        ("10,000 of one name", json!({"multiValueHeaders": same(10_000)}), true),
        ("100,000 of one name", json!({"multiValueHeaders": same(100_000)}), false),
        (
            "30,000 in both",
            json!({"headers": numbered(30_000), "multiValueHeaders": same(1)}),
            false,
        ),
        ("no room for cookies", json!({"headers": numbered(24_576), "cookies": ["a=b"]}), false),
        ("long ones", json!({"headers": long}), true),
    ] {
        let read = event(&with(rest(), &members)).unwrap();
        assert_eq!(read.has_too_many_headers, !whole, "{name}");
        assert_eq!(read.request.method() == Method::POST, whole, "{name}");
    }
    let full = with(
        http(),
        &json!({
            "headers": numbered(24_576), "requestContext": {"http": {"method": "POST"}, "domainName": "d"},
        }),
    );
    assert!(event(&full).unwrap().has_too_many_headers, "no room for the host");
}

/// The position of these headers in the event does not matter. Without `Origin`, the answer would have no CORS headers.
#[test]
fn a_refused_request_keeps_the_headers_that_the_form_of_its_answer_depends_on() {
    let crowd = (0..30_000).map(|n| (format!("x-{n}"), json!("v")));
    let kept = [("Origin", "https://app.example"), ("Accept", "text/event-stream")];
    let kept = kept.map(|(name, value)| (name.to_owned(), json!(value)));
    let headers: Map<String, Value> = crowd.chain(kept).collect();
    let request = event(&with(rest(), &json!({"headers": headers}))).unwrap().request;
    assert_eq!(all(&request, "origin"), ["https://app.example"]);
    assert_eq!(all(&request, "accept"), ["text/event-stream"]);
    assert_eq!(request.headers().len(), 2);
}
