//! Streams: chunks in order, exactly one end, back-pressure, padding, and the clients' line readers.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::BodyExt;
use proptest::prelude::*;
use tower_service::Service;

use super::*;
use crate::{
    ChunkSender, Invocation,
    callable::{HostTraits, ResponseBody},
    testing::gate,
};

const STREAM: (&str, &str) = ("accept", "text/event-stream");

/// Sends every item of its argument, and ends with how many there were.
fn items() -> Callable {
    Callable::streaming(
        |request: CallableRequest<Vec<Value>>, out: ChunkSender<Value>| async move {
            for item in &request.data {
                out.send(item).await?;
            }
            Ok(request.data.len())
        },
    )
}

async fn streamed(callable: Callable, data: impl serde::Serialize) -> String {
    let answer = Call::with(data).header(STREAM.0, STREAM.1).to(callable).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    answer.text().to_owned()
}

/// The body of a streaming call, not read yet.
async fn body_of(callable: Callable, data: Value) -> ResponseBody {
    let mut service = callable.into_service(gate());
    let request = http::Request::post("/")
        .header("content-type", "application/json")
        .header(STREAM.0, STREAM.1)
        .body(http_body_util::Full::new(Bytes::from(json!({ "data": data }).to_string())))
        .unwrap();
    let Ok(response) = service.call(request).await;
    response.into_body()
}

async fn next(body: &mut ResponseBody) -> Option<String> {
    let Ok(frame) = body.frame().await?;
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn sends_every_chunk_in_order_and_then_the_result() {
    let text = streamed(items(), json!(["hello", {"n": 1}, null, 2.0])).await;
    assert_eq!(
        text,
        "data: {\"message\":\"hello\"}\n\ndata: {\"message\":{\"n\":1}}\n\ndata: {\"message\":null}\n\n\
         data: {\"message\":2}\n\ndata: {\"result\":4}\n\n"
    );
}

#[tokio::test]
async fn a_client_that_asked_for_no_stream_gets_the_result_alone() {
    let callable = Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<u8>| async move {
        Ok((out.is_open(), out.send(&1).await?))
    });
    let answer = Call::with(()).to(callable).await;
    assert_eq!(answer.text(), r#"{"result":[false,false]}"#);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
}

#[tokio::test]
async fn every_failure_ends_the_stream_with_one_error_event() {
    let failing = |how: &'static str| {
        Callable::streaming(move |_: CallableRequest<()>, out: ChunkSender<u8>| async move {
            assert!(how != "panic at once", "panics before any chunk");
            out.send(&1).await?;
            match how {
                "error" => Err(HttpsError::not_found("nf").with_details(json!({"a": 1}))),
                "other error" => Ok("x".parse::<u8>().map(f64::from)?),
                "not a number" => Ok(f64::NAN),
                _ => panic!("panics after a chunk"),
            }
        })
    };
    let one = "data: {\"message\":1}\n\n";
    let internal = format!("data: {INTERNAL}\n\n");
    for (how, expected) in [
        (
            "error",
            format!(
                "{one}data: {{\"error\":{{\"details\":{{\"a\":1}},\"message\":\"nf\",\"status\":\"NOT_FOUND\"}}}}\n\n"
            ),
        ),
        ("other error", format!("{one}{internal}")),
        ("not a number", format!("{one}{internal}")),
        ("panic", format!("{one}{internal}")),
        ("panic at once", internal.clone()),
    ] {
        assert_eq!(streamed(failing(how), ()).await, expected, "{how}");
    }
    let at_the_call = Callable::streaming(
        #[expect(unreachable_code, reason = "the future is never made")]
        |_: CallableRequest<()>, _: ChunkSender<u8>| {
            panic!("no future");
            async { Ok(()) }
        },
    );
    assert_eq!(streamed(at_the_call, ()).await, internal);
    let mistyped = streamed(items(), "no list").await;
    assert!(
        mistyped.starts_with("data: {\"error\":{\"details\":{\"field\":\"data\""),
        "{mistyped}"
    );
}

#[tokio::test]
async fn a_chunk_is_plain_json_and_one_that_cannot_be_written_is_an_error() {
    let callable =
        Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<f64>| async move {
            out.send(&f64::NAN).await?;
            Ok(1)
        });
    assert_eq!(
        streamed(callable, ()).await,
        "data: {\"message\":null}\n\ndata: {\"result\":1}\n\n"
    );
    type Keyed = std::collections::BTreeMap<[u8; 1], u8>;
    let callable =
        Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<Keyed>| async move {
            out.send(&Keyed::from([([1], 1)])).await?;
            Ok(1)
        });
    assert_eq!(streamed(callable, ()).await, format!("data: {INTERNAL}\n\n"));
}

#[tokio::test]
async fn the_handler_waits_for_a_client_that_does_not_read() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = sent.clone();
    let callable = Callable::streaming(move |_: CallableRequest<Value>, out: ChunkSender<u8>| {
        let sent = counter.clone();
        async move {
            for n in 0..100 {
                out.send(&n).await?;
                sent.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        }
    });
    let mut body = body_of(callable, json!(null)).await;
    assert_eq!(sent.load(Ordering::SeqCst), 0, "nothing runs before somebody reads");
    for read in 1..=5 {
        next(&mut body).await.unwrap();
        assert!(sent.load(Ordering::SeqCst) <= read + 1, "one chunk ahead at most");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_drops_the_handler() {
    struct Tells(Arc<AtomicUsize>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let tells = dropped.clone();
    let callable = Callable::streaming(move |_: CallableRequest<Value>, out: ChunkSender<u8>| {
        let tells = Tells(tells.clone());
        async move {
            let _tells = tells;
            out.send(&1).await?;
            pending::<Result<(), HttpsError>>().await
        }
    });
    let mut body = body_of(callable, json!(null)).await;
    next(&mut body).await.unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(body);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn near_the_deadline_a_stream_ends_in_protocol_form() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let callable = Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<u8>| async move {
        out.send(&1).await?;
        pending::<Result<(), HttpsError>>().await
    });
    let before = tokio::time::Instant::now();
    let answer = Call::with(())
        .header(STREAM.0, STREAM.1)
        .extension(Invocation::new(None, Some(now + Duration::from_secs(10)), now))
        .to(callable)
        .await;
    assert_eq!(before.elapsed(), Duration::from_millis(9_500));
    assert_eq!(
        answer.text(),
        "data: {\"message\":1}\n\ndata: {\"error\":{\"message\":\"Deadline Exceeded\",\"status\":\"DEADLINE_EXCEEDED\"}}\n\n"
    );
}

fn slow() -> Callable {
    Callable::streaming(|_: CallableRequest<Value>, out: ChunkSender<&'static str>| async move {
        tokio::time::sleep(Duration::from_secs(95)).await;
        out.send(&"late").await?;
        tokio::time::sleep(Duration::from_secs(29)).await;
        out.send(&"soon").await?;
        tokio::time::sleep(Duration::from_secs(31)).await;
        Ok("end")
    })
}

#[tokio::test(start_paused = true)]
async fn silence_is_padded_within_the_line_of_the_next_event() {
    let mut body = body_of(slow(), json!(null)).await;
    for expected in [
        "data: ",
        " ",
        " ",
        "{\"message\":\"late\"}\n\n",
        "data: {\"message\":\"soon\"}\n\n",
        "data: ",
        "{\"result\":\"end\"}\n\n",
    ] {
        assert_eq!(next(&mut body).await.as_deref(), Some(expected));
    }
    assert_eq!(next(&mut body).await, None);

    for off in [None, Some(Duration::ZERO)] {
        let text = streamed(slow().keep_alive(off), ()).await;
        assert!(text.starts_with("data: {\"message\":\"late\"}"), "{text}");
    }
    let often = streamed(slow().keep_alive(Some(Duration::from_secs(10))), ()).await;
    assert!(often.starts_with(&format!("data: {}{{", " ".repeat(8))), "{often}");
}

#[tokio::test]
async fn a_stream_too_large_for_its_host_ends_with_an_error() {
    let mut host = HostTraits::unlimited("f".to_owned());
    host.max_weight = 3_000;
    let service = items().into_hosted_service(gate(), host);
    let chunk = "x".repeat(600);
    let call = Call::with(json!([chunk, chunk, chunk, chunk, chunk])).header(STREAM.0, STREAM.1);
    let text = call.to_service(&service).await.text().to_owned();
    assert!(text.len() <= 3_000, "{}", text.len());
    assert_eq!(text.matches("message\":\"x").count(), 3);
    assert!(text.ends_with(&format!("data: {INTERNAL}\n\n")), "{text}");
}

#[tokio::test]
async fn a_policy_decides_from_caller_and_data_before_the_handler_runs() {
    use crate::{has_claim, has_claim_value, signed_in};
    let never = || Callable::new(|_: CallableRequest<u8>| async { Ok(1) });
    let denied = r#"{"error":{"message":"Permission Denied","status":"PERMISSION_DENIED"}}"#;
    let token = |claim: &str, value: Value| {
        use crate::testing::{NOW, PROJECT, TestKeys};
        TestKeys::shared().id_token(PROJECT, "ada", NOW).claim(claim, value).sign()
    };
    let cases: Vec<(Callable, Call, bool)> = vec![
        (never().auth_policy(signed_in()), Call::with(1), false),
        (never().auth_policy(signed_in()), Call::with(1).signed_in("ada"), true),
        (never().auth_policy(has_claim("admin")), Call::with(1).signed_in("ada"), false),
        (
            never().auth_policy(has_claim("admin")),
            Call::with(1).bearer(&token("admin", json!(false))),
            true,
        ),
        (never().auth_policy(has_claim("admin")), Call::with(1), false),
        (
            never().auth_policy(has_claim_value("role", "x")),
            Call::with(1).bearer(&token("role", json!("x"))),
            true,
        ),
        (
            never().auth_policy(has_claim_value("role", "x")),
            Call::with(1).bearer(&token("role", json!("y"))),
            false,
        ),
        (never().auth_policy(|_, data| data == 1), Call::with(1), true),
        (never().auth_policy(|_, data| data == 1), Call::with(2), false),
        // The shape of the data is not told to whoever is refused.
        (never().auth_policy(|_, _| false), Call::with("no number"), false),
    ];
    for (index, (callable, call, admitted)) in cases.into_iter().enumerate() {
        let answer = call.to(callable).await;
        assert_eq!(answer.text(), if admitted { r#"{"result":1}"# } else { denied }, "{index}");
        assert_eq!(answer.status, if admitted { 200 } else { 403 }, "{index}");
    }
    let panics = never().auth_policy(|_, _| panic!("the author's policy"));
    assert_eq!(Call::with(1).to(panics).await.text(), INTERNAL);
    let undecodable = never().auth_policy(|_, _| false);
    let wrapper = json!({"@type": "x"});
    assert_eq!(Call::with(wrapper).to(undecodable).await.status, 400, "bad data beats the policy");
    let refused =
        Call::with(1).header(STREAM.0, STREAM.1).to(never().auth_policy(signed_in())).await;
    assert_eq!(
        (refused.status.as_u16(), refused.text()),
        (200, format!("data: {denied}\n\n").as_str())
    );
}

#[tokio::test]
async fn a_callable_may_be_for_some_tenants_only() {
    use crate::{
        TenantPolicy,
        testing::{NOW, PROJECT, TestKeys},
    };
    let of = |tenant: &str| {
        let firebase = json!({"tenant": tenant});
        Call::with(1).bearer(
            &TestKeys::shared().id_token(PROJECT, "ada", NOW).claim("firebase", firebase).sign(),
        )
    };
    let only = || echo().tenants(TenantPolicy::OneOf(["t1".to_owned()].into()));
    assert_eq!(of("t1").to(only()).await.status, 200);
    assert_eq!(of("t2").to(only()).await.text(), UNAUTH);
    assert_eq!(Call::with(1).signed_in("ada").to(only()).await.text(), UNAUTH);
    assert_eq!(Call::with(1).to(only()).await.status, 200, "signed out is no tenant's user");
}

#[tokio::test]
async fn a_handler_can_look_at_the_raw_request_and_its_print_shows_nothing() {
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

/// How the Web SDK reads a stream. Source: firebase/firebase-js-sdk
/// `packages/functions/src/service.ts`.
fn web_reader(text: &str) -> Vec<Value> {
    let lines = text.split('\n').map(str::trim).filter_map(|line| line.strip_prefix("data: "));
    lines.map(|line| serde_json::from_str(line.trim()).unwrap()).collect()
}

/// How the Android SDK does: lines joined until an empty one. Source: firebase/firebase-android-sdk
/// `firebase-functions`, `PublisherStream.kt`.
fn android_reader(text: &str) -> Vec<Value> {
    let (mut events, mut buffer) = (Vec::new(), String::new());
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        if let Some(data) = line.strip_prefix("data:") {
            buffer.push_str(data);
        } else if line.is_empty() && !buffer.is_empty() {
            events.push(serde_json::from_str(&std::mem::take(&mut buffer)).unwrap());
        }
    }
    assert!(buffer.is_empty(), "the last event is closed");
    events
}

/// How the iOS SDK does: more kinds of line ends, and nothing but data. Source:
/// firebase/firebase-ios-sdk `FirebaseFunctions/Sources/Functions.swift`.
fn ios_reader(text: &str) -> Vec<Value> {
    let ends = ['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    let lines = text.split(ends).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let data = line.strip_prefix("data:").unwrap_or_else(|| panic!("not data: {line:?}"));
            serde_json::from_str(data.trim()).unwrap()
        })
        .collect()
}

proptest! {
    #[test]
    fn every_clients_reader_gets_every_chunk_whatever_is_in_it(
        chunks in proptest::collection::vec("(.|[\u{2028}\u{2029}\u{85}\u{b}\u{c}\r\n\"]){0,12}", 0..6),
        padded in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let text = runtime.block_on(async {
            let callable = Callable::streaming(move |request: CallableRequest<Vec<String>>, out: ChunkSender<String>| async move {
                for chunk in &request.data {
                    if padded {
                        tokio::time::sleep(Duration::from_secs(70)).await;
                    }
                    out.send(chunk).await?;
                }
                Ok(request.data.concat())
            });
            streamed(callable, &chunks).await
        });
        let mut expected: Vec<Value> = chunks.iter().map(|chunk| json!({ "message": chunk })).collect();
        expected.push(json!({ "result": chunks.concat() }));
        prop_assert_eq!(web_reader(&text), expected.clone());
        prop_assert_eq!(android_reader(&text), expected.clone());
        prop_assert_eq!(ios_reader(&text), expected);
    }
}
