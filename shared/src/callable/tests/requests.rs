//! Which requests are callable requests: P1 to P4 of `docs/protocol.md`, and the order of P6.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::{AppCheckData, AuthData};

const OK: Option<&str> = None;
const REFUSED: Option<&str> = Some(BAD);

pub(super) async fn expect(name: &str, call: Call, body: &str) {
    let answer = call.header("origin", "https://app.example").to(echo()).await;
    assert_eq!(answer.text(), body, "{name}");
    assert_eq!(answer.status, if body == BAD { 400 } else { 200 }, "{name}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{name}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"), "{name}");
    assert_eq!(answer.header("vary"), Some("Origin"), "{name}");
}

pub(super) fn posted(body: impl Into<Bytes>) -> Call {
    Call::raw(body).header("content-type", "application/json")
}

#[tokio::test]
async fn any_method_but_post_is_refused() {
    for method in ["GET", "PUT", "PATCH", "DELETE", "TRACE", "post", "BREW"] {
        expect(method, Call::with(1).method(method), BAD).await;
    }
    let head = Call::with(1).method("HEAD").to(echo()).await;
    assert_eq!((head.status.as_u16(), head.text()), (400, ""));
    assert_eq!(head.header("content-type"), Some("application/json; charset=utf-8"));
}

#[tokio::test]
async fn the_body_is_one_object_whose_only_member_is_data() {
    let refused: &[&[u8]] = &[
        b"",
        b" \n\t",
        b"{",
        b"{\"data\":1}x",
        b"{\"data\":1}{\"data\":2}",
        b"{\"data\":NaN}",
        b"{\"data\":1,}",
        b"/* c */{\"data\":1}",
        b"{'data':1}",
        b"{data:1}",
        b"\"text\"",
        b"5",
        b"true",
        b"null",
        b"[]",
        b"[{\"data\":1}]",
        b"{}",
        b"{\"Data\":1}",
        b"{\"data\":1,\"other\":2}",
        b"{\"other\":2,\"data\":1}",
        b"{\"data\":1,\"other\":null}",
        b"{\"data\":1,\"__proto__\":{}}",
        b"\x0C{\"data\":1}",
        b"\xC2\xA0{\"data\":1}",
        b"\x00",
        b"{\"data\":\"\x01\"}",
        b"{\"data\":01}",
        b"{\"data\":\"\\x41\"}",
        // Not UTF-8: outside a string, or in a body with another member
        b"{\"data\":1\xFF}",
        b"\xFF{\"data\":1}",
        b"{\"data\":\"\xFF\",\"other\":1}",
        b"{\"data\xFF\":1}",
        b"[\"\xFF\"]",
        b"\"\xFF\"",
        b"{\"data\":\"\xFF\x01\"}",
        b"{\"data\":\"\xFF\"",
        // UTF-16 is not accepted
        b"\xFF\xFE{\0\"\0d\0a\0t\0a\0\"\0:\x00\x31\0}\0",
    ];
    for body in refused {
        expect(&String::from_utf8_lossy(body), posted(Bytes::from_static(body)), BAD).await;
    }
    let accepted: &[(&[u8], &str)] = &[
        (b"{\"data\":null}", "null"),
        (b"{\"data\":false}", "false"),
        (b"{\"data\":0}", "0"),
        (b"{\"data\":\"\"}", "\"\""),
        (b"{\"data\":[]}", "[]"),
        (b"{\"data\":{}}", "{}"),
        (b" \r\n{ \"data\" : 1 } \n", "1"),
        (b"\xEF\xBB\xBF{\"data\":1}", "1"),
        (b"{\"data\":1,\"data\":2}", "2"),
        (b"{\"d\\u0061ta\":3}", "3"),
        (b"{\"data\":\"\xFF\"}", "\"\u{FFFD}\""),
        (b"{\"data\":\"\\ud800\"}", "\"\u{FFFD}\""),
        // Not UTF-8 in strings: values, names, next to escapes, truncated characters, a repeated member
        (b"{\"data\":{\"\xFF\":1,\"\xFE\":2}}", "{\"\u{FFFD}\":2}"),
        (b"{\"data\":\"\xE2\x82\\n\xE2\x82\xAC\xC3\"}", "\"\u{FFFD}\\n\u{20AC}\u{FFFD}\""),
        (b"\xEF\xBB\xBF{\"data\":\"\xFF\",\"d\\u0061ta\":\"\xC0\xAF\"} ", "\"\u{FFFD}\u{FFFD}\""),
        (b"{\"data\":[\"\xED\xA0\x80\"]}", "[\"\u{FFFD}\u{FFFD}\u{FFFD}\"]"),
        (b"{\"data\":\"\\u00e9\xF0\x9F\xA6\x80\"}", "\"é🦀\""),
        (b"{\"data\":-0}", "0"),
        (b"{\"data\":1.0}", "1"),
        (b"{\"data\":{\"b\":1,\"a\":{\"__proto__\":1}}}", "{\"b\":1,\"a\":{}}"),
    ];
    for (body, result) in accepted {
        let name = String::from_utf8_lossy(body).into_owned();
        expect(&name, posted(Bytes::from_static(body)), &format!("{{\"result\":{result}}}")).await;
    }
}

#[tokio::test]
async fn the_media_type_is_json() {
    let cases: &[(&[&str], Option<&str>)] = &[
        (&["application/json"], OK),
        (&["APPLICATION/JSON"], OK),
        (&["Application/Json;Charset=UTF-8"], OK),
        (&["application/json ; charset=utf-8"], OK),
        (&["application/json; charset=\"utf-8\""], OK),
        (&["application/json; profile=x"], OK),
        (&["application/json;"], OK),
        (&["application/json; foo"], OK),
        (&["application/json; charset=iso-8859-1"], OK),
        (&["application/json", "text/plain"], OK),
        (&[], REFUSED),
        (&[""], REFUSED),
        (&["text/plain"], REFUSED),
        (&["text/json"], REFUSED),
        (&["application/jsonp"], REFUSED),
        (&["application/vnd.x+json"], REFUSED),
        (&["application/cloudevents+json"], REFUSED),
        (&["application/x-www-form-urlencoded"], REFUSED),
        (&["multipart/form-data; boundary=x"], REFUSED),
        (&["application/json, application/json"], REFUSED),
        (&["; application/json"], REFUSED),
    ];
    for (values, expected) in cases {
        let call = values
            .iter()
            .fold(Call::raw(r#"{"data":1}"#), |call, value| call.header("content-type", value));
        expect(&format!("{values:?}"), call, expected.unwrap_or(r#"{"result":1}"#)).await;
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_an_identity_one_is_not() {
    for (encoding, body) in [
        ("gzip", BAD),
        ("br", BAD),
        ("x", BAD),
        ("identity", r#"{"result":1}"#),
        ("", r#"{"result":1}"#),
    ] {
        expect(encoding, Call::with(1).header("content-encoding", encoding), body).await;
    }
}

#[tokio::test]
async fn deep_nesting_is_an_error_and_not_a_crash() {
    let nested =
        |depth: usize| posted(format!(r#"{{"data":{}{}}}"#, "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(nested(200).to(echo()).await.status, 200);
    let answer = nested(3000).to(echo()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"error":{"details":{"field":"data","problem":"nested deeper than 256 levels"},"message":"data: nested deeper than 256 levels","status":"INVALID_ARGUMENT"}}"#
    );
    assert_eq!(nested(5_000_000).to(echo()).await.status, 400);
}

#[tokio::test]
async fn malformed_data_is_an_invalid_argument_with_the_path() {
    for (data, message) in [
        (r#"{"a":1e400}"#, "data.a: not a number that fits a double"),
        (r#"{"a":{"@type":"x"}}"#, "data.a: an @type that is not known"),
        (
            r#"[{"@type":"type.googleapis.com/google.protobuf.Int64Value"}]"#,
            "data[0]: a 64-bit integer without a number in its value",
        ),
    ] {
        let answer = posted(format!(r#"{{"data":{data}}}"#)).to(echo()).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.error()["message"], message);
        assert_eq!(answer.error()["status"], "INVALID_ARGUMENT");
    }
}

#[tokio::test]
async fn a_bad_body_is_reported_before_a_bad_token_and_a_bad_token_before_bad_data() {
    let both = posted("{}").bearer("forged").to(echo()).await;
    assert_eq!(both.text(), BAD);
    let token_and_data = posted(r#"{"data":{"@type":"x"}}"#).bearer("forged").to(echo()).await;
    assert_eq!(token_and_data.text(), UNAUTH);
}

proptest! {
    #[test]
    fn any_bytes_get_a_well_formed_answer_with_cors(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        token in proptest::collection::vec(any::<u8>().prop_filter("a header byte", |byte| *byte >= 32 && *byte != 127), 0..100),
        accept in "(text/event-stream|\\*/\\*)",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(
            posted(body)
                .header("origin", "https://app.example")
                .header("accept", &accept)
                .header("authorization", &token)
                .to(echo()),
        );
        prop_assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let json = answer.text().trim_start_matches("data: ").trim_end();
        let envelope: Value = serde_json::from_str(json).unwrap();
        prop_assert_eq!(envelope.as_object().unwrap().len(), 1);
        prop_assert!(envelope.get("result").is_some() || envelope["error"]["status"].is_string());
    }
}

#[tokio::test]
async fn a_handler_can_read_the_raw_request_and_debug_shows_nothing_of_it() {
    let callable = Callable::new(|request: CallableRequest<Value>| async move {
        let printed = format!("{request:?}");
        let header = request.raw_request.headers()["x-any"].to_str().unwrap().to_owned();
        Ok((header, request.raw_request.body().len(), printed))
    });
    let answer = Call::with("s3cr3t").signed_in("ada").header("x-any", "1").to(callable).await;
    assert_eq!(answer.result()[0], "1");
    assert_eq!(answer.result()[1], 17);
    let printed = answer.result()[2].as_str().unwrap().to_owned();
    assert!(!printed.contains("s3cr3t") && !printed.contains("Bearer"), "{printed}");
}

#[tokio::test]
async fn a_handler_reads_claims_app_and_headers_by_name() {
    let callable = Callable::new(async |request: CallableRequest<()>| {
        let auth = request.require_auth()?;
        Ok::<_, HttpsError>(json!({
            "uid": request.auth.as_ref().map(AuthData::uid),
            "role": auth.claim("role"),
            "nothing": auth.claim("nothing"),
            "app": request.app.as_ref().map(AppCheckData::app_id),
            "header": request.headers()["x-any"].to_str().ok(),
        }))
    });
    let call = Call::with(()).signed_in("ada").claim("role", "editor").from_app("1:1:web:1");
    let answer = call.header("x-any", "thing").to(callable).await;
    let expected = json!({"uid": "ada", "role": "editor", "nothing": null, "app": "1:1:web:1", "header": "thing"});
    assert_eq!(answer.result(), expected);
}
