//! The release binary without Lambda: over plain HTTP it gives the same answers.

use std::fmt::Write as _;

use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::support::{
    PROJECT,
    plain_server::{PlainServer, STREAM, call, rest, until},
    process::{Process, misbehaving, shipped},
    token,
};

const CALL: &str = r#"{"data":{"text":"some message"}}"#;

/// The raw answer to one request, on a connection of its own.
async fn answer(
    server: &PlainServer,
    method: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut head = format!(
        "{method} /demo/us-central1/anything?x=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    );
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    write!(head, "content-length: {}\r\n\r\n", body.len()).unwrap();
    let mut stream = server.send(head).await;
    // A server that refuses the body may close the connection before it has read the whole body.
    let _ = stream.write_all(body.as_bytes()).await;
    rest(&mut stream).await
}

#[tokio::test]
async fn gives_the_same_answers_as_on_lambda() {
    let server = PlainServer::start(shipped(), &[]).await;
    let bearer = format!("Bearer {}", token("ada"));
    let json = ("content-type", "application/json");
    let origin = ("origin", "https://app.example");
    let cases: [(&str, &[(&str, &str)], &str, &str, &str); 6] = [
        (
            "POST",
            &[json, origin, ("authorization", &bearer)],
            CALL,
            "200 OK",
            r#"{"result":{"message":"Authenticated message 'some message' from user ada."}}"#,
        ),
        ("POST", &[json, origin], CALL, "401 Unauthorized", "while authenticated"),
        (
            "POST",
            &[json, origin, ("authorization", &bearer), ("authorization", &bearer)],
            CALL,
            "401 Unauthorized",
            r#""message":"Unauthenticated""#,
        ),
        ("GET", &[json, origin], "", "400 Bad Request", "Bad Request"),
        ("HEAD", &[json, origin], "", "400 Bad Request", ""),
        (
            "OPTIONS",
            &[origin, ("access-control-request-headers", "authorization")],
            "",
            "204 No Content",
            "",
        ),
    ];
    for (method, headers, body, status, text) in cases {
        let answer = answer(&server, method, headers, body).await;
        let (head, content) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{method}: {head}");
        assert!(head.contains("access-control-allow-origin: https://app.example\r\n"), "{head}");
        assert!(content.contains(text), "{method}: {content}");
        assert_eq!(content.is_empty(), text.is_empty(), "{method}: {content}");
    }
}

#[tokio::test]
async fn refuses_an_over_long_body() {
    let server = PlainServer::start(shipped(), &[]).await;
    let long = format!(r#"{{"data":"{}"}}"#, "x".repeat(33 << 20));
    let headers = [("content-type", "application/json"), ("origin", "https://a.example")];
    let refused = answer(&server, "POST", &headers, &long).await;
    // If the server closes the connection while the body is still sent, the client may not get the answer.
    if !refused.is_empty() {
        assert!(refused.starts_with("HTTP/1.1 400 "), "{}", &refused[..200.min(refused.len())]);
        assert!(refused.contains("access-control-allow-origin: https://a.example"));
    }
    assert!(answer(&server, "GET", &[], "").await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_client_that_goes_away_drops_the_handler() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let stream = server.send(call(r#"{"do":"hang"}"#, "")).await;
    server.process.line_with("handler hangs").await;
    assert!(!server.process.output().contains("handler dropped"));
    drop(stream);
    server.process.line_with("handler dropped").await;
    let line = server.process.line_with("callable finished").await;
    assert!(line.contains("\"CANCELLED\"") && line.contains("\"http_status\":499"), "{line}");
}

#[tokio::test]
async fn a_client_that_leaves_a_stream_drops_the_handler() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let mut stream = server.send(call(r#"{"do":"stream, then panic"}"#, STREAM)).await;
    until(&mut stream, "data: {\"message\":0}").await;
    drop(stream);
    let line = server.process.line_with("\"CANCELLED\"").await;
    assert!(line.contains("\"chunks\":1"), "{line}");
}

#[tokio::test]
async fn sigterm_ends_the_process_with_success() {
    let mut server = PlainServer::start(shipped(), &[]).await;
    answer(&server, "GET", &[], "").await;
    server.process.terminate();
    assert_eq!(server.process.end().await.code(), Some(0));
    server.process.line_with("stopping").await;
}

#[tokio::test]
async fn names_the_port_that_is_already_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut process =
        Process::start(shipped(), &[("FIREBASE_PROJECT_ID", PROJECT), ("PORT", &port)]);
    assert_eq!(process.end().await.code(), Some(1));
    process.line_with(&format!("PORT {port} cannot be served")).await;
}
