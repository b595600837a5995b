//! Connections to the plain HTTP host: many hostile or idle connections must not keep a good client from its answer.

use std::{fs, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    plain_server::{PlainServer, STREAM, call, rest, until},
    process::{misbehaving, shipped},
    say, soon,
};

const RESULT: &str = r#"{"result":1}"#;
const HANG: &str = r#"{"do":"hang"}"#;
const CROWD: &str = "MAX_CONNECTIONS are open";

/// The soft limit of files that this process may open.
fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX)
}

#[tokio::test]
async fn ten_thousand_connections_of_one_byte_do_not_keep_a_good_client_out() {
    let strangers = 10_000.min(open_files() - 200);
    let files = 1024.min(strangers / 2).to_string();
    let limited = format!(r#"ulimit -n {files} && exec "$0""#);
    let server = PlainServer::start_under(&["/bin/sh", "-c", &limited], shipped(), &[]).await;
    let begin = Instant::now();
    let mut connections = Vec::new();
    for _ in 0..strangers {
        connections.push(server.send("P").await);
    }
    let (crowded, mut answers) = (begin.elapsed(), Vec::new());
    for _ in 0..5 {
        let begin = Instant::now();
        let mut good = server.send(call(r#"{"text":"x"}"#, "")).await;
        until(&mut good, "UNAUTHENTICATED").await; // the answer to a caller who is signed out
        answers.push(begin.elapsed());
    }
    let output = server.process.output();
    let lines = output.matches(CROWD).count();
    say(&format!(
        "{strangers} connections of one byte within {crowded:?}, {files} files: answers after {answers:?}, {lines} log lines"
    ));
    assert!(!output.contains("accept failed"), "{output}");
    assert!(lines >= 1 && lines as u64 <= begin.elapsed().as_secs() + 1, "{output}");
}

/// The idle timeout is an hour, so none of these connections ends while the test waits.
#[tokio::test]
async fn at_the_limit_a_connection_that_waits_for_its_client_is_closed_for_a_new_one() {
    let idle = |_| call("1", "");
    let unfinished = |_| call("1", "").replace("length: 10", "length: 11");
    let unread = |_| call(r#"{"do":"large"}"#, "").repeat(8);
    let kinds: [(&str, &dyn Fn(usize) -> String, &str); 3] =
        [("idle", &idle, RESULT), ("unfinished", &unfinished, ""), ("unread", &unread, "HTTP")];
    for (kind, request, answer) in kinds {
        let limits = [("MAX_CONNECTIONS", "4"), ("IDLE_TIMEOUT_SECONDS", "3600")];
        let server = PlainServer::start(misbehaving(), &limits).await;
        let mut strangers = Vec::new();
        for number in 0..4 {
            let mut stranger = server.send(request(number)).await;
            until(&mut stranger, answer).await;
            strangers.push(stranger);
        }
        let mut good = server.send(call("1", "")).await;
        until(&mut good, RESULT).await;
        let line = server.process.line_with(CROWD).await;
        assert!(line.contains(r#""limit":4"#), "{kind}: {line}");
    }
}

#[tokio::test]
async fn at_the_limit_with_handlers_running_a_new_client_waits() {
    let server = PlainServer::start(misbehaving(), &[("MAX_CONNECTIONS", "1")]).await;
    let running = server.send(call(HANG, "")).await;
    server.process.line_with("handler hangs").await;
    let mut next = server.send(call("1", "")).await;
    server.process.line_with(CROWD).await;
    assert!(!server.process.output().contains("handler dropped"));
    drop(running);
    until(&mut next, RESULT).await;
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_deadline_exceeded_in_protocol_form() {
    let server = PlainServer::start(misbehaving(), &[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let error = r#"{"error":{"message":"Deadline Exceeded","status":"DEADLINE_EXCEEDED"}}"#;
    let mut unary = server.send(call(HANG, "origin: https://a.example\r\n")).await;
    let answer = until(&mut unary, error).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.contains("access-control-allow-origin: https://a.example\r\n"), "{answer}");
    let mut stream = server.send(call(HANG, STREAM)).await;
    let answer = until(&mut stream, &format!("data: {error}\n\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn calls_that_run_when_the_container_stops_end_with_unavailable() {
    let mut server = PlainServer::start(misbehaving(), &[]).await;
    let mut stream = server.send(call(r#"{"do":"stream, then panic"}"#, STREAM)).await;
    until(&mut stream, "data: {\"message\":0}\n\n").await;
    let mut unary = server.send(call(HANG, "")).await;
    server.process.line_with("handler hangs").await;
    server.process.terminate();
    server.process.line_with("stopping").await;
    TcpStream::connect(&server.address).await.unwrap_err();
    let error = r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#;
    let last = rest(&mut stream).await;
    // The answer ends with the last chunk of a chunked body, so it is complete.
    assert!(last.ends_with(&format!("data: {error}\n\n\r\n0\r\n\r\n")), "{last:?}");
    let answer = rest(&mut unary).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with(error), "{answer}");
    assert_eq!(server.process.end().await.code(), Some(0));
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_still_gets_its_answer() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let mut unary = server.send(call("1", "")).await;
    unary.shutdown().await.unwrap();
    let answer = rest(&mut unary).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(RESULT), "{answer}");

    let mut stream = server.send(call(r#"{"do":"stream, then panic"}"#, STREAM)).await;
    until(&mut stream, "data: {\"message\":0}\n\n").await;
    stream.shutdown().await.unwrap();
    assert_eq!(soon("the first byte of the next event", stream.read_u8()).await.unwrap(), b'0');
    let go_on = async || {
        until(&mut server.send(call(r#"{"do":"go on"}"#, "")).await, "result").await;
    };
    for number in 1..=2 {
        go_on().await;
        let event = format!("data: {{\"message\":{number}}}\n\n");
        let seen = until(&mut stream, "\n\n\r\n").await;
        assert_eq!(seen, format!("{:X}\r\n{event}\r\n", event.len()));
    }
    go_on().await;
    assert!(rest(&mut stream).await.ends_with("\"INTERNAL\"}}\n\n\r\n0\r\n\r\n"));
}

#[tokio::test]
async fn health_checks_are_answered_without_a_call() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    for path in ["/health", "/healthz", "/livez", "/readyz", "/healthz?from=kubelet"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = until(&mut stream, "\r\n\r\nok\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
    }
    // Other methods and other paths go to the callable.
    let cases = [
        ("GET /", "HTTP/1.1 400 "),
        ("GET /app/healthz", "HTTP/1.1 400 "),
        ("PUT /healthz", "HTTP/1.1 400 "),
        ("OPTIONS /healthz", "HTTP/1.1 204 "),
    ];
    for (request, status) in cases {
        let head = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = rest(&mut server.send(head).await).await;
        assert!(answer.starts_with(status), "{request}: {answer}");
    }
    let posted = call("1", "").replace("POST /", "POST /healthz");
    until(&mut server.send(posted).await, RESULT).await;
    server.process.line_with(r#""status":"OK""#).await;
    let records = server.process.output().matches("callable finished").count();
    assert_eq!(records, 4, "{}", server.process.output());
}
