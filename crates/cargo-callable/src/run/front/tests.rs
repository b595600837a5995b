use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Asked, Forward, forward, route};
use crate::function::Kind;

#[test]
fn the_last_part_of_a_path_is_the_name_with_any_parts_before_it() {
    for (uri, name, path) in [
        ("/addMessage", "addMessage", "/addMessage"),
        ("/addMessage?a=/x", "addMessage", "/addMessage?a=/x"),
        ("/demo-app/us-central1/addMessage", "addMessage", "/demo-app/us-central1/addMessage"),
        ("/prod/addMessage?a=1", "addMessage", "/addMessage?a=1"),
        ("//addMessage", "addMessage", "/addMessage"),
        ("//us-central1/addMessage", "addMessage", "/addMessage"),
        ("/a/b/c/d/addMessage", "addMessage", "/addMessage"),
        ("http://127.0.0.1/addMessage", "addMessage", "/addMessage"),
        ("/", "", "/"),
        ("/addMessage/", "", "/"),
        ("/x?/addMessage", "x", "/x?/addMessage"),
    ] {
        let uri = uri.parse().unwrap();
        assert_eq!(route(&uri), (name, path.to_owned()), "{uri}");
    }
}

/// A function that answers each connection with `answer`, and then says when the connection ends. It closes it itself
/// unless it `holds` it.
fn function(answer: &'static str, holds: bool) -> (u16, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (ended, end) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            while holds && stream.read(&mut bytes).is_ok_and(|read| read > 0) {}
            let _ = ended.send(());
        }
    });
    (port, end)
}

async fn call(
    port: u16,
    kind: Kind,
    limit: Duration,
    accept: &str,
) -> http::Response<super::AnyBody> {
    let request = Request::post("/x").header("accept", accept).header("host", "x");
    let request = request.body(Full::new(Bytes::from("{}"))).unwrap();
    let asked = Asked::new(&Method::POST, request.headers());
    let with = Forward { asked, until: Instant::now() + limit, kind, call: None };
    forward(port, "/x".to_owned(), request, with).await
}

async fn text(answer: http::Response<super::AnyBody>) -> (u16, Result<String, String>) {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await;
    let body = body.map(|body| String::from_utf8(body.to_bytes().to_vec()).unwrap());
    (status, body.map_err(|error| error.to_string()))
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);
const EVENTS: &str = "text/event-stream";

#[tokio::test]
async fn answers_are_forwarded_and_failures_get_the_form_that_clients_read() {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let plain = "HTTP/1.1 502 Bad\r\ncontent-length: 3\r\n\r\nbad";
    let readable =
        "HTTP/1.1 503 Busy\r\naccess-control-allow-origin: *\r\ncontent-length: 4\r\n\r\nbusy";
    let internal = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;
    for (answer, kind, status, body) in [
        (ok, Kind::Callable, 200, "ok"),
        (plain, Kind::Callable, 500, internal),
        (plain, Kind::Http, 502, "bad"),
        (readable, Kind::Callable, 503, "busy"),
        ("", Kind::Callable, 500, internal),
    ] {
        let (port, _) = function(answer, false);
        assert_eq!(text(call(port, kind, LONG, "*/*").await).await, (status, Ok(body.to_owned())));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_event_and_another_answer_with_an_error() {
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n";
    let (port, _) = function(stream, false);
    let (_, body) = text(call(port, Kind::Callable, LONG, EVENTS).await).await;
    assert_eq!(
        body.unwrap(),
        "data:\n\ndata: {\"error\":{\"message\":\"INTERNAL\",\"status\":\"INTERNAL\"}}\n\n"
    );
    let (port, _) = function("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", false);
    assert!(text(call(port, Kind::Callable, LONG, "*/*").await).await.1.is_err());
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_late_before_its_answer_and_in_its_stream() {
    let (port, _) = function("", true);
    let (status, body) = text(call(port, Kind::Callable, SHORT, "*/*").await).await;
    assert_eq!((status, body.unwrap().contains("DEADLINE_EXCEEDED")), (504, true));
    let stream =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let (port, mut ended) = function(stream, true);
    let (status, body) = text(call(port, Kind::Callable, SHORT, EVENTS).await).await;
    assert_eq!((status, body.unwrap().contains("DEADLINE_EXCEEDED")), (200, true));
    ended.recv().await.unwrap();
}

#[tokio::test]
async fn when_the_client_leaves_the_function_notices_it() {
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n";
    let (port, mut ended) = function(stream, true);
    drop(call(port, Kind::Callable, LONG, EVENTS).await);
    ended.recv().await.unwrap();
}
