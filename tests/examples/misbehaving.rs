//! A callable that does what its caller says, mostly things that a callable should not do. For tests only.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, reason = "a program for tests")]

use std::{future::pending, process::ExitCode, time::Duration};

use serde_json::{Value, json};
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
use tokio::sync::Notify;

/// A stream waits for this until another call notifies it.
static GO_ON: Notify = Notify::const_new();

struct SaysWhenDropped;

impl Drop for SaysWhenDropped {
    fn drop(&mut self) {
        println!("handler dropped");
    }
}

#[expect(clippy::panic, reason = "misbehaving is the point")]
async fn misbehave(
    request: CallableRequest<Value>,
    out: ChunkSender<u32>,
) -> Result<Value, HttpsError> {
    let secret = request.data.get("secret").cloned().unwrap_or_default();
    match request.data.get("do").and_then(Value::as_str) {
        Some("panic") => panic!("a literal text"),
        Some("panic with data") => panic!("formatted {secret}"),
        Some("fail") => Err("not a number".parse::<u32>().map_err(HttpsError::from).unwrap_err()),
        Some("refuse") => {
            Err(HttpsError::failed_precondition("not now").with_details(json!({"n": 1})))
        }
        Some("refuse with a cause") => {
            let cause = "not a number".parse::<u32>().unwrap_err();
            Err(HttpsError::not_found("nf").with_source(cause))
        }
        Some("refuse at length") => Err(HttpsError::not_found("x".repeat(7 << 20))),
        Some("refuse with large details") => {
            Err(HttpsError::not_found("nf").with_details(["x".repeat(7 << 20)]))
        }
        Some("unknown type") => Ok(json!({"list": [{"@type": "type.example/Unknown"}]})),
        Some("stream, then panic") => {
            for n in 0..3 {
                out.send(&n).await?;
                GO_ON.notified().await;
            }
            panic!("a literal text")
        }
        Some("go on") => {
            GO_ON.notify_one();
            Ok(Value::Null)
        }
        Some("hang") => {
            let _guard = SaysWhenDropped;
            println!("handler hangs");
            pending().await
        }
        Some("large") => Ok("x".repeat(7 << 20).into()),
        Some("large for a balancer") => Ok("x".repeat(1 << 20).into()),
        Some("almost large") => Ok("x".repeat(5 << 20).into()),
        // Each quote takes four bytes, because it is escaped twice: in the JSON of the result and in that of the event.
        Some("large in quotes") => Ok("\"".repeat(2 << 20).into()),
        Some("remaining") => {
            let left = request.invocation.remaining(std::time::SystemTime::now());
            Ok(json!({
                "requestId": request.invocation.request_id,
                "deadlineKnown": left.is_some_and(|left| left > Duration::ZERO),
            }))
        }
        Some("raw request") => {
            let raw = &request.raw_request;
            let of = |name: &str| -> Vec<_> {
                let values = raw.headers().get_all(name).iter();
                values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
            };
            Ok(json!({
                "method": raw.method().as_str(), "uri": raw.uri().to_string(),
                "host": of("host"), "cookie": of("cookie"), "body": raw.body().len(),
            }))
        }
        _ => Ok(request.data),
    }
}

fn main() -> ExitCode {
    shared::run(Callable::streaming(misbehave).metrics("Suite"))
}
