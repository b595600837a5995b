//! Clients of the plain host that go away, send too much, or come all at once; and the end of the process while it serves
//! them.

use std::fs;

use futures_util::future::join_all;
use tokio::{io::AsyncReadExt, net::TcpStream};

use super::Row;
use crate::support::{
    plain_server::{PlainServer, STREAM, call, rest, until},
    process::{Process, misbehaving},
    soon,
};

pub(super) const ROWS: [Row; 8] = [
    Row(
        "a client goes away after any byte of its request",
        "no answer is left to give",
        "no connection stays open",
    ),
    Row(
        "a client goes away after any byte of its answer",
        "no answer is left to give",
        "no connection stays open",
    ),
    Row(
        "10,000 headers",
        "an error, with the connection closed",
        "the next call: the right answer",
    ),
    Row(
        "512 calls at once, of which many panic, hang or answer 7 MB",
        "each its own answer",
        "the next call: the right answer",
    ),
    Row("SIGTERM, no connection", "–", "the process ends with 0"),
    Row(
        "SIGTERM, a client that has sent half a request",
        "its connection is closed",
        "the process ends with 0",
    ),
    Row("SIGTERM, a call is running", "UNAVAILABLE", "the process ends with 0"),
    Row(
        "SIGTERM, a stream is running",
        "the error UNAVAILABLE at the end of the stream",
        "the process ends with 0",
    ),
];

const RESULT: &str = r#"{"result":1}"#;

async fn is_good(server: &PlainServer) {
    let mut good = server.send(call("1", "")).await;
    until(&mut good, RESULT).await;
}

/// Waits until the process has no more files open than this.
async fn files_at_most(process: &Process, most: usize) {
    let folder = format!("/proc/{}/fd", process.id());
    let closed = async {
        while fs::read_dir(&folder).unwrap().count() > most {
            tokio::task::yield_now().await;
        }
    };
    soon("the end of all connections", closed).await;
}

fn open_files(process: &Process) -> usize {
    fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count()
}

#[tokio::test]
async fn a_client_that_goes_away_after_any_byte_leaves_nothing_behind() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let idle = open_files(&server.process);
    let request = call("1", "origin: https://app.example\r\n");
    for length in 0..request.len() {
        drop(server.send(&request[..length]).await);
    }
    let mut answer = Vec::new();
    let whole = call("1", "connection: close\r\n");
    soon("an answer", server.send(&whole).await.read_to_end(&mut answer)).await.unwrap();
    for length in 0..answer.len() {
        let mut stream = server.send(&whole).await;
        let mut seen = vec![0; length];
        soon("the beginning of an answer", stream.read_exact(&mut seen)).await.unwrap();
        drop(stream);
    }
    files_at_most(&server.process, idle).await;
    is_good(&server).await;
}

#[tokio::test]
async fn ten_thousand_headers_are_refused_and_the_next_call_is_answered() {
    let server = PlainServer::start(misbehaving(), &[]).await;
    let headers: String = (0..10_000).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let mut stream = server.send(call("1", &headers)).await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    is_good(&server).await;
}

#[tokio::test]
async fn calls_that_panic_hang_or_answer_much_disturb_no_other() {
    let server = PlainServer::start(misbehaving(), &[("MAX_CONNECTIONS", "1024")]).await;
    let internal = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;
    let one = async |n: usize| {
        let (data, expected) = match n % 16 {
            0 | 4 | 8 | 12 => (r#"{"do":"panic"}"#.to_owned(), internal.to_owned()),
            1 | 5 | 9 | 13 => (r#"{"do":"hang"}"#.to_owned(), String::new()),
            2 => (r#"{"do":"large"}"#.to_owned(), "xxx\"}".to_owned()),
            _ => (n.to_string(), format!(r#"{{"result":{n}}}"#)),
        };
        let mut stream = server.send(call(&data, "connection: close\r\n")).await;
        if expected.is_empty() {
            return Some(stream); // stays open while the others are answered
        }
        let answer = rest(&mut stream).await;
        assert!(answer.ends_with(&expected), "{data}: {} bytes", answer.len());
        None
    };
    let hanging: Vec<TcpStream> = join_all((0..512).map(one)).await.into_iter().flatten().collect();
    assert_eq!(hanging.len(), 128);
    is_good(&server).await;
    drop(hanging);
    server.process.lines_with("handler dropped", 128).await;
    is_good(&server).await;
}

#[tokio::test]
async fn sigterm_ends_the_process_with_success_whatever_its_clients_do() {
    let unavailable = r#""status":"UNAVAILABLE""#;
    let half = &call("1", "")[..60];
    let cases: [(&str, Option<String>, Option<&str>, &str); 4] = [
        ("no connection", None, None, ""),
        ("half a request", Some(half.to_owned()), None, ""),
        ("a call", Some(call(r#"{"do":"hang"}"#, "")), Some("handler hangs"), unavailable),
        ("a stream", Some(call(r#"{"do":"hang"}"#, STREAM)), Some("handler hangs"), unavailable),
    ];
    // The first case several times, because the signal comes as soon as the process listens.
    let first = vec![cases[0].clone(); 7];
    for (what, sent, line, expected) in first.into_iter().chain(cases) {
        let mut server = PlainServer::start(misbehaving(), &[]).await;
        let mut client = match &sent {
            Some(bytes) => Some(server.send(bytes).await),
            None => None,
        };
        if let Some(line) = line {
            server.process.line_with(line).await;
        }
        server.process.terminate();
        assert_eq!(server.process.end().await.code(), Some(0), "{what}");
        if let Some(client) = &mut client {
            let answer = rest(client).await;
            assert!(answer.contains(expected), "{what}: {answer}");
        }
    }
}
