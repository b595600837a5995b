//! Streams: chunks in order, exactly one last event, back-pressure, padding.

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
use serde_json::value::RawValue;
use tower_service::Service;

use super::*;
use crate::{
    ChunkSender, Invocation,
    callable::{HostLimit, ResponseBody, Shutdown},
    fetched::within,
    testing::authenticator,
};

/// Sends every item of its argument as a chunk; the result is their number.
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

pub(super) async fn streamed(callable: Callable, data: impl serde::Serialize) -> String {
    let answer = Call::with(data).streaming().to(callable).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    answer.text().to_owned()
}

/// The unread body of a streaming call.
pub(super) async fn body_of(callable: Callable, data: Value) -> ResponseBody {
    let Ok(response) = callable.into_service(authenticator()).call(streaming_request(data)).await;
    response.into_body()
}

fn streaming_request(data: Value) -> http::Request<http_body_util::Full<Bytes>> {
    http::Request::post("/")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .body(http_body_util::Full::new(Bytes::from(json!({ "data": data }).to_string())))
        .unwrap()
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
async fn a_client_that_did_not_ask_for_a_stream_gets_only_the_result() {
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
    let mistyped = streamed(items(), "not a list").await;
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
    assert_eq!(sent.load(Ordering::SeqCst), 0, "the handler starts with the first read");
    for read in 1..=5 {
        next(&mut body).await.unwrap();
        assert!(sent.load(Ordering::SeqCst) <= read + 1, "at most one chunk ahead");
    }
}

#[tokio::test]
async fn the_handler_is_dropped_when_the_client_disconnects() {
    struct CountsDrop(Arc<AtomicUsize>);
    impl Drop for CountsDrop {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = dropped.clone();
    let callable = Callable::streaming(move |_: CallableRequest<Value>, out: ChunkSender<u8>| {
        let guard = CountsDrop(counter.clone());
        async move {
            let _guard = guard;
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
async fn before_the_deadline_a_stream_ends_with_an_error_event() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let callable = Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<u8>| async move {
        out.send(&1).await?;
        pending::<Result<(), HttpsError>>().await
    });
    let before = tokio::time::Instant::now();
    let answer = Call::with(())
        .streaming()
        .extension(Invocation::new(None, Some(now + Duration::from_secs(10)), now))
        .to(callable)
        .await;
    assert_eq!(before.elapsed(), Duration::from_millis(9_500));
    assert_eq!(
        answer.text(),
        "data: {\"message\":1}\n\ndata: {\"error\":{\"message\":\"Deadline Exceeded\",\"status\":\"DEADLINE_EXCEEDED\"}}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handlers_wait_for_a_fetch_ends_before_the_deadline_in_a_stream_too() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let invocation = Invocation::new(None, Some(now + Duration::from_secs(10)), now);
    for call in [Call::with(()), Call::with(()).streaming()] {
        let callable =
            Callable::streaming(|_: CallableRequest<()>, _: ChunkSender<u8>| async move {
                let asked = within(Duration::from_secs(60), pending::<()>()).await;
                asked.ok_or_else(|| HttpsError::unavailable("no answer in time"))
            });
        let answer = call.extension(invocation.clone()).to(callable).await;
        assert_eq!(answer.error()["message"], "no answer in time");
    }
}

#[tokio::test]
async fn when_the_host_shuts_down_a_stream_ends_with_unavailable_even_if_a_chunk_is_always_ready() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let shutdown = Shutdown::new();
    let mut invocation = Invocation::new(None, None, now);
    invocation.shutdown = Some(shutdown.signal());
    let callable =
        Callable::streaming(|_: CallableRequest<Value>, out: ChunkSender<u8>| async move {
            while out.send(&1).await? {}
            Ok(())
        });
    let mut request = streaming_request(json!(null));
    request.extensions_mut().insert(invocation);
    let Ok(response) = callable.into_service(authenticator()).call(request).await;
    let mut body = response.into_body();
    for _ in 0..3 {
        assert_eq!(next(&mut body).await.unwrap(), "data: {\"message\":1}\n\n");
    }
    shutdown.begin();
    let last = "data: {\"error\":{\"message\":\"Unavailable\",\"status\":\"UNAVAILABLE\"}}\n\n";
    assert_eq!(next(&mut body).await.unwrap(), last);
    assert_eq!(next(&mut body).await, None);
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
async fn a_silent_stream_is_padded_within_the_line_of_the_next_event() {
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
    let chunk = "x".repeat(600);
    let limit = HostLimit::Body { max_len: 3_000 };
    let invocation = Invocation { limit, ..Invocation::default() };
    let call = Call::with(json!([chunk, chunk, chunk, chunk, chunk])).streaming();
    let text = call.extension(invocation).to(items()).await.text().to_owned();
    assert!(text.len() <= 3_000, "{}", text.len());
    assert_eq!(text.matches("message\":\"x").count(), 3);
    assert!(text.ends_with(&format!("data: {INTERNAL}\n\n")), "{text}");
}

#[tokio::test]
async fn a_chunk_that_a_client_cannot_decode_ends_the_stream_with_internal() {
    let callable =
        Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<Value>| async move {
            out.send(&json!(1)).await?;
            out.send(&json!([{ "@type": "x" }])).await?;
            Ok(2)
        });
    let expected = format!("data: {{\"message\":1}}\n\ndata: {INTERNAL}\n\n");
    assert_eq!(streamed(callable, ()).await, expected);
}

#[tokio::test]
async fn chunks_of_raw_json_are_one_line_each() {
    let callable =
        Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<RawValue>| async move {
            out.send(&RawValue::from_string("[\n1,\r\n2\n]".to_owned())?).await?;
            Ok(RawValue::from_string("{\n}".to_owned())?)
        });
    let text = streamed(callable, ()).await;
    assert_eq!(text, "data: {\"message\":[ 1,  2 ]}\n\ndata: {\"result\":{ }}\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_outlives_its_handler_cannot_keep_the_stream_open() {
    let callable =
        Callable::streaming(|_: CallableRequest<()>, out: ChunkSender<&'static str>| async move {
            let clone = out.clone();
            tokio::spawn(async move {
                for _ in 0..1_000 {
                    clone.send(&"more").await.unwrap();
                }
            });
            out.send(&"mine").await?;
            Ok("done")
        });
    let text = streamed(callable, ()).await;
    assert!(text.contains("mine") && text.ends_with("data: {\"result\":\"done\"}\n\n"), "{text}");
    assert!(text.matches("more").count() < 1_000, "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_the_handler_is_dropped_does_not_cut_the_stream_off() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("while dropped");
        }
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let callable = Callable::streaming(|_: CallableRequest<()>, _: ChunkSender<u8>| async move {
        let _panics = Panics;
        pending::<Result<(), HttpsError>>().await
    });
    let invocation = Invocation::new(None, Some(now + Duration::from_secs(1)), now);
    let answer = Call::with(()).streaming().extension(invocation).to(callable).await;
    assert_eq!(answer.error()["status"], "DEADLINE_EXCEEDED");
}

#[tokio::test(start_paused = true)]
async fn the_shortest_and_the_longest_padding_interval_work() {
    for every in [Duration::from_nanos(1), Duration::MAX] {
        let callable = items().keep_alive(Some(every));
        let text = streamed(callable, json!([1, 2])).await;
        assert!(text.ends_with("data: {\"result\":2}\n\n"), "{text}");
    }
}
