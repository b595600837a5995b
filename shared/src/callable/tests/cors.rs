//! CORS: every form of the option, on preflights and on actual answers.

use std::time::Duration;

use super::*;
use crate::CorsOrigins;

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";

fn list(origins: &[&str]) -> CorsOrigins {
    CorsOrigins::list(origins).unwrap()
}

/// The Access-Control-Allow-Origin and the Vary header of an answer to this origin.
async fn seen(origins: &CorsOrigins, origin: Option<&str>) -> (Option<String>, Option<String>) {
    let from =
        |call: Call| origin.into_iter().fold(call, |call, origin| call.header("origin", origin));
    let answer = from(Call::with(1)).to(echo().cors(origins.clone())).await;
    assert_eq!(answer.result(), json!(1), "CORS never stops a call");
    let failed = from(Call::raw("")).to(echo().cors(origins.clone())).await;
    let preflight = from(Call::raw("x").method("OPTIONS")).to(echo().cors(origins.clone())).await;
    let allowed = |answer: &crate::testing::Answer| {
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let vary = answer.header("vary").map(str::to_owned);
    assert_eq!(allowed(&answer), allowed(&failed));
    assert_eq!(vary.as_deref(), failed.header("vary"));
    assert_eq!(allowed(&answer), allowed(&preflight));
    let on = preflight.status == 204;
    assert_eq!(on, format!("{origins:?}") != "CorsOrigins(Off)");
    if on {
        let expected = match vary {
            Some(_) => "Origin, Access-Control-Request-Headers",
            None => "Access-Control-Request-Headers",
        };
        assert_eq!(preflight.header("vary"), Some(expected));
    } else {
        assert_eq!((preflight.status.as_u16(), preflight.text()), (400, BAD));
    }
    for (name, _) in answer.headers.iter().chain(&failed.headers) {
        assert!(
            ["content-type", "access-control-allow-origin", "vary"].contains(&name.as_str()),
            "{name}"
        );
    }
    (allowed(&answer), vary)
}

#[tokio::test]
async fn every_form_of_the_option_allows_what_the_reference_allows() {
    let pattern = list(&["https://*.example.com"]);
    let mixed = list(&[APP, "https://*.example.com", "null"]);
    let starred = list(&[APP, "*"]);
    let matching = CorsOrigins::matching(|origin| origin.ends_with(".example"));
    let panicking = CorsOrigins::matching(|_| panic!("the author's predicate"));
    let vary = Some("Origin");
    type Case<'c> = (&'c CorsOrigins, Option<&'c str>, Option<&'c str>, Option<&'c str>);
    let any = CorsOrigins::any();
    let wildcard = CorsOrigins::wildcard();
    let wildcard_list = list(&["*"]);
    let one = list(&[APP]);
    let two = list(&[APP, OTHER]);
    let off = CorsOrigins::off();
    let empty = list(&[]);
    let cases: Vec<Case<'_>> = vec![
        (&any, Some(APP), Some(APP), vary),
        (&any, Some("null"), Some("null"), vary),
        (&any, None, None, vary),
        (&wildcard, Some(APP), Some("*"), None),
        (&wildcard, None, Some("*"), None),
        (&wildcard_list, Some(APP), Some("*"), None),
        (&one, Some(APP), Some(APP), vary),
        (&one, Some(OTHER), Some(APP), vary),
        (&one, None, Some(APP), vary),
        (&two, Some(APP), Some(APP), vary),
        (&two, Some(OTHER), Some(OTHER), vary),
        (&two, Some("https://APP.example"), None, vary),
        (&two, Some("https://app.example/"), None, vary),
        (&two, Some("https://evil.example"), None, vary),
        (&two, Some("null"), None, vary),
        (&two, None, None, vary),
        (&starred, Some(APP), Some(APP), vary),
        (&starred, Some(OTHER), None, vary),
        (&starred, Some("*"), Some("*"), vary),
        (&pattern, Some("https://a.example.com"), Some("https://a.example.com"), vary),
        (&pattern, Some("https://a.b.example.com"), Some("https://a.b.example.com"), vary),
        (&pattern, Some("https://example.com"), None, vary),
        (&pattern, Some("https://.example.com"), None, vary),
        (&pattern, Some("https://aexample.com"), None, vary),
        (&pattern, Some("http://a.example.com"), None, vary),
        (&pattern, Some("https://a.example.com.evil.org"), None, vary),
        (&pattern, Some("https://evil.org/.example.com"), None, vary),
        (&pattern, Some("https://a.example.com:8443"), None, vary),
        (&pattern, None, None, vary),
        (&mixed, Some(APP), Some(APP), vary),
        (&mixed, Some("https://x.example.com"), Some("https://x.example.com"), vary),
        (&mixed, Some("null"), Some("null"), vary),
        (&mixed, Some(OTHER), None, vary),
        (&matching, Some(APP), Some(APP), vary),
        (&matching, Some("https://app.org"), None, vary),
        (&matching, None, None, vary),
        (&off, Some(APP), None, None),
        (&off, None, None, None),
        (&empty, Some(APP), None, None),
    ];
    for (origins, origin, allowed, vary) in cases {
        let (seen_allowed, seen_vary) = seen(origins, origin).await;
        assert_eq!(seen_allowed.as_deref(), allowed, "{origins:?} {origin:?}");
        assert_eq!(seen_vary.as_deref(), vary, "{origins:?} {origin:?}");
    }
    let answer = Call::with(1).header("origin", APP).to(echo().cors(panicking)).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn a_preflight_is_answered_whatever_it_asks_for_and_its_body_is_not_read() {
    for (wanted, allowed) in [
        (
            Some("authorization,content-type,x-firebase-appcheck"),
            Some("authorization,content-type,x-firebase-appcheck"),
        ),
        (Some("X-Any"), Some("X-Any")),
        (Some(""), None),
        (None, None),
    ] {
        let mut call = Call::raw("{broken")
            .method("OPTIONS")
            .header("origin", APP)
            .header("access-control-request-method", "PATCH");
        if let Some(wanted) = wanted {
            call = call.header("access-control-request-headers", wanted);
        }
        let answer = call.to(echo()).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.text(), "");
        assert_eq!(answer.header("access-control-allow-headers"), allowed);
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
        assert_eq!(answer.header("access-control-max-age"), Some("3600"));
        assert_eq!(answer.header("content-length"), Some("0"));
        for never in [
            "access-control-allow-credentials",
            "access-control-expose-headers",
            "access-control-allow-private-network",
            "content-type",
        ] {
            assert_eq!(answer.header(never), None);
        }
    }
    let bare =
        Call::raw("").method("OPTIONS").to(echo().cors_max_age(Duration::from_secs(5))).await;
    assert_eq!((bare.status.as_u16(), bare.header("access-control-max-age")), (204, Some("5")));
    let streaming = Call::raw("").method("OPTIONS").header("accept", "text/event-stream");
    assert_eq!(streaming.to(echo()).await.status, 204);
    let off = Call::raw("")
        .method("OPTIONS")
        .header("accept", "text/event-stream")
        .to(echo().cors(CorsOrigins::off()))
        .await;
    assert_eq!((off.status.as_u16(), off.text()), (200, format!("data: {BAD}\n\n").as_str()));
}

#[test]
fn refuses_origins_that_no_browser_sends() {
    for wrong in [
        "https://app.example/",
        "app.example",
        "https://",
        "https://a b",
        "https://app.example/path",
        "https://*",
        "https://*.",
        "https://a.*.example",
        "https://*example.com",
        "https://user@app.example",
        "https://app.example?x",
        "://app.example",
        "https://é.example",
    ] {
        let error = CorsOrigins::list([APP, wrong]).unwrap_err().to_string();
        assert!(error.contains("is not an origin"), "{wrong}: {error}");
    }
    for fine in [
        "https://app.example:8443",
        "http://localhost:3000",
        "capacitor://localhost",
        "null",
        "https://[::1]:3000",
    ] {
        assert!(CorsOrigins::list([APP, fine]).is_ok(), "{fine}");
    }
    let parsed = CorsOrigins::parse(" https://a.example , https://b.example,, ").unwrap();
    let list = r#"CorsOrigins(List([Exact("https://a.example"), Exact("https://b.example")]))"#;
    assert_eq!(format!("{parsed:?}"), list);
    assert_eq!(format!("{:?}", CorsOrigins::parse("").unwrap()), "CorsOrigins(Off)");
    assert_eq!(format!("{:?}", CorsOrigins::parse("*").unwrap()), "CorsOrigins(Wildcard)");
}
