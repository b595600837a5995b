//! What clients and the log see of errors and log lines that authors write with crates of their choice.

use serde_json::{Value, json};

use crate::support::{
    plain_server::{PlainServer, call, until},
    process::example,
};

/// The answer to this call, from a process that prints at this level, and the process.
async fn answer(data: &str, level: &str) -> (String, PlainServer) {
    // A backtrace is taken, so that a place that prints it would be found.
    let variables = [("AWS_LAMBDA_LOG_LEVEL", level), ("RUST_BACKTRACE", "1")];
    let server = PlainServer::start(example("failing"), &variables).await;
    let mut stream = server.send(call(&json!(data).to_string(), "")).await;
    let answer = until(&mut stream, "}").await;
    server.process.line_with("callable finished").await;
    (answer, server)
}

#[tokio::test]
async fn the_log_has_the_whole_chain_of_an_error_and_the_client_its_code_only() {
    let shelf = "the shelf cannot be read: invalid digit found in string";
    let anyhow = format!("no order: no stock: {shelf}");
    let internal = r#"{"message":"INTERNAL","status":"INTERNAL"}"#;
    for (data, error, level, cause) in [
        ("?", internal, "ERROR", shelf),
        ("anyhow", internal, "ERROR", &anyhow),
        ("boxed", internal, "ERROR", shelf),
        ("text", internal, "ERROR", "the shelf is empty"),
        (
            "anyhow, unavailable",
            r#"{"message":"try again","status":"UNAVAILABLE"}"#,
            "ERROR",
            &anyhow,
        ),
        ("boxed, not found", r#"{"message":"no such shelf","status":"NOT_FOUND"}"#, "WARN", shelf),
    ] {
        let (answer, server) = answer(data, "TRACE").await;
        assert!(answer.ends_with(&format!(r#"{{"error":{error}}}"#)), "{data}: {answer}");
        let record = server.process.record_with(r#""error":"#).await;
        assert_eq!(record["error"], cause, "{data}");
        assert_eq!(record["level"], level, "{data}");
        assert_eq!(record["spans"][0]["name"], "callable", "{data}");
        let output = server.process.output();
        for hidden in ["hunter2", "failing.rs", "stack backtrace", "tokio::runtime"] {
            assert!(!output.contains(hidden) && !answer.contains(hidden), "{data}: {output}");
        }
    }
}

#[tokio::test]
async fn a_missing_value_has_a_code_or_its_place_in_the_log() {
    let (sent, _) = answer("nothing", "INFO").await;
    assert!(
        sent.ends_with(r#"{"error":{"message":"no such shelf","status":"NOT_FOUND"}}"#),
        "{sent}"
    );
    let (sent, server) = answer("else", "INFO").await;
    assert!(sent.ends_with(r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#), "{sent}");
    let record = server.process.record_with("callable finished").await;
    let cause = record["error"].as_str().unwrap();
    assert!(cause.starts_with("no value at ") && cause.contains("failing.rs:"), "{cause}");
}

#[tokio::test]
async fn lines_of_tracing_and_of_log_carry_the_span_of_the_call() {
    let (_, server) = answer("log", "INFO").await;
    let function = |record: &Value| record["spans"][0]["function"].clone();
    let call = function(&server.process.record_with("callable finished").await);
    assert!(call.is_string());
    for (message, level, target) in [
        ("log in the handler", "INFO", "failing"),
        ("log of another crate", "ERROR", "other_crate::db"),
        ("tracing in the handler", "INFO", "failing"),
        ("log in a task of the call", "INFO", "failing"),
        ("tracing in a task of the call", "INFO", "failing"),
        ("log in a step", "INFO", "failing"),
    ] {
        let record = server.process.record_with(&format!(r#""message":"{message}""#)).await;
        assert_eq!((&record["level"], &record["target"]), (&json!(level), &json!(target)));
        assert_eq!(function(&record), call, "{record}");
    }
    let step = server.process.record_with("log in a step").await;
    assert_eq!(step["spans"][1], json!({"name": "step", "number": 1}));
    // A task that an author spawns belongs to no call, unless it is put into the call's span.
    for message in ["log in a bare task", "tracing in a bare task"] {
        assert_eq!(server.process.record_with(message).await["spans"], Value::Null);
    }
    assert!(!server.process.output().contains("log finer than the level"));
}

#[tokio::test]
async fn lines_of_log_obey_the_level_and_those_of_foreign_crates_are_never_finer_than_info() {
    let (_, server) = answer("log", "TRACE").await;
    server.process.line_with("log finer than the level").await;
    assert!(!server.process.output().contains("log of a foreign crate"));
}
