//! The callables of the parity tests and of the conformance suite, with the same names as in tests/parity/reference.mjs.

use std::{collections::HashMap, future::ready, time::Duration};

use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, ChunkSender, CorsOrigins, ErrorCode, HttpsError, has_claim,
    signed_in,
};
use tokio::time::sleep;

fn echo() -> Callable {
    Callable::new(|request: CallableRequest<Value>| ready(Ok(request.data)))
}

async fn who(request: CallableRequest<Value>) -> Result<Value, HttpsError> {
    Ok(json!({
        "uid": request.auth.as_ref().map(|auth| auth.uid()),
        "claim": request.auth.as_ref().and_then(|auth| auth.claims().get("claim")),
        "app": request.app.as_ref().map(|app| app.app_id()),
        "iid": request.instance_id_token,
        "streaming": request.accepts_streaming,
    }))
}

/// Fails with the code, the message and the optional details that its argument names.
async fn fail(request: CallableRequest<Value>) -> Result<Value, HttpsError> {
    let text = |name: &str| request.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(code) = ErrorCode::all().find(|code| code.name() == text("code")) else {
        panic!("an unknown code throws in the reference");
    };
    let error = HttpsError::new(code, text("message"));
    Err(match request.data.get("details") {
        Some(details) => error.with_details(details),
        None => error,
    })
}

/// Sends every chunk of its argument, each followed by the pause that it names, then ends as it says.
async fn stream(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    let chunks = request.data.get("chunks").and_then(Value::as_array).cloned().unwrap_or_default();
    let pause = request.data.get("pause").and_then(Value::as_u64).unwrap_or_default();
    for chunk in &chunks {
        out.send(chunk).await?;
        sleep(Duration::from_millis(pause)).await;
    }
    match request.data.get("end").and_then(Value::as_str) {
        Some("error") => Err(HttpsError::not_found("nf").with_details(json!({ "a": 1 }))),
        Some("throw") => panic!("throws"),
        _ => Ok(request.data.get("result").cloned().unwrap_or_default()),
    }
}

/// Sends and returns an `@type` that client SDKs cannot decode.
async fn typed(_: CallableRequest<Value>, out: ChunkSender<Value>) -> Result<Value, HttpsError> {
    let typed = json!({ "a": [{ "@type": "x" }] });
    out.send(&typed).await?;
    Ok(typed)
}

pub(crate) fn callables() -> HashMap<&'static str, Callable> {
    let list = |origins: &[&str]| CorsOrigins::list(origins).expect("origins");
    HashMap::from([
        ("echo", echo()),
        ("who", Callable::new(who)),
        ("fail", Callable::new(fail)),
        (
            "throw",
            Callable::new(|_: CallableRequest<Value>| async {
                Err::<(), _>(std::io::Error::other("secret").into())
            }),
        ),
        ("nan", Callable::new(|_: CallableRequest<Value>| async { Ok([f64::NAN]) })),
        ("nothing", Callable::new(|_: CallableRequest<Value>| async { Ok(()) })),
        ("typed", Callable::streaming(typed)),
        (
            "typedDetails",
            Callable::new(|_: CallableRequest<Value>| async {
                Err::<(), _>(HttpsError::not_found("nf").with_details(json!([{ "@type": "x" }])))
            }),
        ),
        ("stream", Callable::streaming(stream)),
        ("enforced", Callable::new(who).enforce_app_check(true)),
        ("signedIn", Callable::new(who).auth_policy(signed_in())),
        ("withClaim", Callable::new(who).auth_policy(has_claim("claim"))),
        ("corsOff", echo().cors(CorsOrigins::off())),
        ("corsStar", echo().cors(CorsOrigins::wildcard())),
        ("corsStarList", echo().cors(list(&["*"]))),
        ("corsOne", echo().cors(list(&["https://app.example"]))),
        ("corsTwo", echo().cors(list(&["https://app.example", "https://other.example"]))),
        ("corsEmpty", echo().cors(list(&[]))),
        (
            "corsPattern",
            echo().cors(CorsOrigins::matching(|origin| origin.ends_with(".example.com"))),
        ),
    ])
}
