//! Tests of the engine through its public interface: requests in, complete answers out, compared byte for byte.
//! A name with `row` and a number refers to that row of the table in docs/token-pitfalls.md.

mod answers;
mod bodies;
mod consumption;
mod cors;
mod delivery;
mod guards;
mod identity;
mod policy;
mod readers;
mod records;
mod requests;
mod sources;
mod stream_model;
mod streaming;
mod test_kit;

use serde_json::{Value, json};

use crate::{Callable, CallableRequest, HttpsError, testing::Call};

const BAD: &str = r#"{"error":{"message":"Bad Request","status":"INVALID_ARGUMENT"}}"#;
const UNAUTH: &str = r#"{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#;
const INTERNAL: &str = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;

/// Returns its argument.
fn echo() -> Callable {
    Callable::new(|request: CallableRequest<Value>| async { Ok(request.data) })
}

/// Returns what the request says about its caller.
fn who() -> Callable {
    Callable::new(|request: CallableRequest<Value>| async move {
        Ok(json!({
            "uid": request.auth.as_ref().map(|auth| auth.uid().to_owned()),
            "instanceIdToken": request.instance_id_token,
            "streaming": request.accepts_streaming,
        }))
    })
}

fn fails(error: fn() -> HttpsError) -> Callable {
    Callable::new(move |_: CallableRequest<Value>| async move { Err::<(), _>(error()) })
}
