//! The release binary without Lambda: the same answers over plain HTTP.

use std::{fmt::Write as _, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    PROJECT,
    key_server::KeyServer,
    process::{Process, misbehaving, shipped},
    soon, token,
};

const CALL: &str = r#"{"data":{"text":"some message"}}"#;

struct Server {
    process: Process,
    address: String,
    _keys: KeyServer,
}

async fn server(binary: std::path::PathBuf) -> Server {
    let keys = KeyServer::start().await;
    let process = Process::start(
        binary,
        &[
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url),
            ("PORT", "0"),
        ],
    );
    let line = process.line_with("listening").await;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = record["address"].as_str().unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    Server { process, address, _keys: keys }
}

impl Server {
    /// The raw answer to one request, on a connection of its own.
    async fn answer(&self, method: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let mut head = format!(
            "{method} /demo/us-central1/anything?x=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        );
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that has seen enough may close before it has read everything.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = soon("an answer", stream.read_to_end(&mut answer)).await;
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn answers_like_lambda_does() {
    let server = server(shipped()).await;
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
        let answer = server.answer(method, headers, body).await;
        let (head, content) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{method}: {head}");
        assert!(head.contains("access-control-allow-origin: https://app.example\r\n"), "{head}");
        assert!(content.contains(text), "{method}: {content}");
        assert_eq!(content.is_empty(), text.is_empty(), "{method}: {content}");
    }
}

#[tokio::test]
async fn refuses_an_over_long_body() {
    let server = server(shipped()).await;
    let long = format!(r#"{{"data":"{}"}}"#, "x".repeat(33 << 20));
    let answer = server
        .answer(
            "POST",
            &[("content-type", "application/json"), ("origin", "https://a.example")],
            &long,
        )
        .await;
    // The connection may be cut while we still write; then there is no answer to look at.
    if !answer.is_empty() {
        assert!(answer.starts_with("HTTP/1.1 400 "), "{}", &answer[..200.min(answer.len())]);
        assert!(answer.contains("access-control-allow-origin: https://a.example"));
    }
    assert!(server.answer("GET", &[], "").await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_client_that_goes_away_drops_the_handler() {
    let server = server(misbehaving()).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let body = r#"{"data":{"do":"hang"}}"#;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    server.process.line_with("handler hangs").await;
    assert!(!server.process.output().contains("handler dropped"));
    drop(stream);
    server.process.line_with("handler dropped").await;
    let line = server.process.line_with("callable finished").await;
    assert!(line.contains("\"CANCELLED\"") && line.contains("\"http_status\":499"), "{line}");
}

#[tokio::test]
async fn a_client_that_leaves_a_stream_drops_the_handler() {
    let server = server(misbehaving()).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let body = r#"{"data":{"do":"stream, then panic"}}"#;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("data: {\"message\":0}") {
        let mut bytes = [0; 512];
        let length = soon("the first chunk", stream.read(&mut bytes)).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    drop(stream);
    let line = server.process.line_with("\"CANCELLED\"").await;
    assert!(line.contains("\"chunks\":1"), "{line}");
}

#[tokio::test]
async fn ends_with_success_when_asked_to_and_finishes_what_runs() {
    let mut server = server(shipped()).await;
    server.answer("GET", &[], "").await;
    server.process.terminate();
    assert_eq!(server.process.end().await.code(), Some(0));
    server.process.line_with("stopping").await;
}

#[tokio::test]
async fn says_which_port_is_taken() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut process =
        Process::start(shipped(), &[("FIREBASE_PROJECT_ID", PROJECT), ("PORT", &port)]);
    let ended = tokio::time::timeout(Duration::from_secs(60), process.end()).await.unwrap();
    assert_eq!(ended.code(), Some(1));
    process.line_with(&format!("PORT {port} cannot be served")).await;
}
