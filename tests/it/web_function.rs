//! A process as Lambda Web Functions start it: it serves HTTP where Lambda says, although Lambda's Runtime API has an
//! address, too. `tests/web-function` starts it by Node, and calls it by the SDK.

use serde_json::Value;

use crate::support::{
    plain_server::{PlainServer, call, rest, until},
    process::misbehaving,
};

const ENDPOINT: (&str, &str) = ("AWS_LAMBDA_HTTP_ENDPOINT", "127.0.0.1:0");
/// Nothing listens there.
const RUNTIME: (&str, &str) = ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
const ODD_HOST: (&str, &str) = ("HOST", "x86_64-conda-linux-gnu");

#[tokio::test]
async fn requests_come_to_the_endpoint_and_their_ids_are_lambdas() {
    let id = "lambda-web-request-id: id-1\r\n";
    for (variables, expected) in
        [(&[ENDPOINT, RUNTIME, ODD_HOST][..], Value::from("id-1")), (&[], Value::Null)]
    {
        let server = PlainServer::start(misbehaving(), variables).await;
        let mut stream = server.send(call(r#"{"do":"remaining"}"#, id)).await;
        let answer = until(&mut stream, "}}").await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["result"]["requestId"], expected);
        assert_eq!(body["result"]["deadlineKnown"], true);
    }
}

#[tokio::test]
async fn a_call_that_runs_at_the_end_is_answered_unavailable() {
    let mut server = PlainServer::start(misbehaving(), &[ENDPOINT, RUNTIME]).await;
    let mut unary = server.send(call(r#"{"do":"hang"}"#, "")).await;
    server.process.line_with("handler hangs").await;
    server.process.terminate();
    let answer = rest(&mut unary).await;
    let error = r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with(error), "{answer}");
    assert_eq!(server.process.end().await.code(), Some(0));
}
