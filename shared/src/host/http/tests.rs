//! Connections over real sockets. The path of a request selects how the service answers.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Incoming;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::*;

/// Fails after a minute, which is long enough even on a busy machine.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let within = tokio::time::timeout(Duration::from_secs(60), future).await;
    within.unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// Sends a message when it is dropped.
struct Guard(Option<oneshot::Sender<()>>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.take().unwrap().send(());
    }
}

/// A body that never ends: one chunk and then silence, or, with `again`, the same chunk repeated without end.
struct Endless {
    chunk: Option<Bytes>,
    again: bool,
    _guard: Option<Guard>,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let again = self.chunk.clone().filter(|_| self.again);
        match std::mem::replace(&mut self.chunk, again) {
            Some(chunk) => Poll::Ready(Some(Ok(Frame::data(chunk)))),
            None => Poll::Pending,
        }
    }
}

/// A server in this process, with controls for its handlers.
struct Server {
    address: SocketAddr,
    handler: Arc<Handler>,
    dropped: Mutex<Option<oneshot::Receiver<()>>>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

struct Handler {
    started: Notify,
    go_on: Notify,
    guard: Mutex<Option<Guard>>,
}

impl Handler {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Response<BoxBody<Bytes, Infallible>> {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let guard = self.guard.lock().unwrap().take();
        self.started.notify_one();
        let endless = |chunk, again, guard| {
            Response::new(Endless { chunk: Some(chunk), again, _guard: guard }.boxed())
        };
        match path.as_str() {
            "/wait" => {
                self.go_on.notified().await;
                Response::new(Full::new(body).boxed())
            }
            "/two" => {
                let second = async move {
                    self.go_on.notified().await;
                    Ok(Frame::data(Bytes::from_static(b"second")))
                };
                let first = std::future::ready(Ok(Frame::data(Bytes::from_static(b"first"))));
                let both =
                    futures_util::stream::once(first).chain(futures_util::stream::once(second));
                Response::new(BodyExt::boxed(StreamBody::new(both)))
            }
            "/silent" => endless(Bytes::from_static(b"first"), false, guard),
            "/flood" => endless(Bytes::from(vec![b'x'; 1 << 16]), true, guard),
            _ => Response::new(Full::new(body).boxed()),
        }
    }
}

impl Server {
    async fn start(limits: HttpLimits) -> Self {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.address().unwrap();
        let (guard, dropped) = oneshot::channel();
        let handler = Arc::new(Handler {
            started: Notify::new(),
            go_on: Notify::new(),
            guard: Mutex::new(Some(Guard(Some(guard)))),
        });
        let answers = Arc::clone(&handler);
        let service = tower::service_fn(move |request| {
            let handler = Arc::clone(&answers);
            async move { Ok::<_, Infallible>(handler.answer(request).await) }
        });
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let serving = tokio::spawn(serve_within(limits, 16, service, listener, stopped));
        let dropped = Mutex::new(Some(dropped));
        Self { address, handler, dropped, stop: Some(stop), serving }
    }

    /// Opens a connection and sends `bytes`.
    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until a handler has read its request.
    async fn starts(&self) {
        soon("the start of a handler", self.handler.started.notified()).await;
    }

    async fn handler_is_dropped(&self) {
        let dropped = self.dropped.lock().unwrap().take().unwrap();
        soon("the end of the handler", dropped).await.unwrap();
    }
}

fn post(path: &str, version: &str) -> String {
    format!("POST {path} HTTP/{version}\r\nhost: x\r\ncontent-length: 2\r\n\r\nok")
}

/// Everything until the connection is closed.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = soon("the end of a connection", stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).ends_with(text) {
        let count = soon(text, stream.read_buf(&mut seen)).await.unwrap();
        assert_ne!(count, 0, "ended before {text:?}: {}", String::from_utf8_lossy(&seen));
    }
    String::from_utf8(seen).unwrap()
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_gets_its_whole_answer() {
    let server = Server::start(HttpLimits::default()).await;
    for version in ["1.0", "1.1"] {
        // The sending side is closed before the handler ends. Of two requests, the second has not been read by then.
        for requests in 1..=2 {
            let mut stream = server.send(&post("/wait", version).repeat(requests)).await;
            stream.shutdown().await.unwrap();
            server.starts().await;
            if requests == 1 {
                assert_eq!(soon("the probe", stream.read_u8()).await.unwrap(), b'H');
            }
            server.handler.go_on.notify_one();
            if requests == 2 && version == "1.1" {
                server.starts().await;
                server.handler.go_on.notify_one();
            }
            let answer = rest(&mut stream).await;
            let head = if requests == 1 { "TTP/" } else { "HTTP/" };
            assert!(answer.starts_with(&format!("{head}{version} 200 OK\r\n")), "{answer}");
            assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_chunked_answer_stays_whole_when_its_client_closes_its_sending_side() {
    let server = Server::start(HttpLimits::default()).await;
    let mut stream = server.send(&post("/two", "1.1")).await;
    read_until(&mut stream, "5\r\nfirst\r\n").await;
    stream.shutdown().await.unwrap();
    // The probe is a leading zero of the next chunk's length.
    assert_eq!(soon("the probe", stream.read_u8()).await.unwrap(), b'0');
    server.handler.go_on.notify_one();
    assert_eq!(rest(&mut stream).await, "6\r\nsecond\r\n0\r\n\r\n");
}

#[tokio::test]
async fn the_handler_is_dropped_when_its_client_disconnects_before_or_during_the_answer() {
    for path in ["/wait", "/silent", "/flood"] {
        let server = Server::start(HttpLimits::default()).await;
        let mut stream = server.send(&post(path, "1.1")).await;
        server.starts().await;
        if path == "/silent" {
            read_until(&mut stream, "first\r\n").await;
        }
        drop(stream);
        server.handler_is_dropped().await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_disconnected() {
    let limits = HttpLimits { write_timeout: Duration::from_millis(200), ..HttpLimits::default() };
    let server = Server::start(limits).await;
    let stream = server.send(&post("/flood", "1.1")).await;
    server.handler_is_dropped().await;
    drop(stream);
}

#[tokio::test]
async fn a_connection_is_closed_when_no_whole_head_arrives_and_an_idle_one_stays_open_longer() {
    let limits = HttpLimits { head_timeout: Duration::from_millis(200), ..HttpLimits::default() };
    let server = Server::start(limits).await;
    let mut idle = server.send(&post("/", "1.1")).await;
    read_until(&mut idle, "\r\n\r\nok").await;
    for part in ["", "P", "POST / HTTP/1.1\r\nhost: x\r\n"] {
        let mut slow = server.send(part).await;
        assert_eq!(rest(&mut slow).await, "", "{part:?}");
    }
    idle.write_all(post("/", "1.1").as_bytes()).await.unwrap();
    read_until(&mut idle, "\r\n\r\nok").await;
    // The time limit of a head starts with its first byte.
    idle.write_all(b"POST").await.unwrap();
    assert_eq!(rest(&mut idle).await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_idle_timeout() {
    let limits = HttpLimits { idle_timeout: Duration::from_millis(50), ..HttpLimits::default() };
    let server = Server::start(limits).await;
    let mut idle = server.send(&post("/", "1.1")).await;
    assert!(rest(&mut idle).await.ends_with("\r\n\r\nok"));
}

#[tokio::test]
async fn after_the_signal_running_calls_finish_and_other_connections_are_closed() {
    let long = Duration::from_secs(3600);
    let limits = HttpLimits { head_timeout: long, idle_timeout: long, ..HttpLimits::default() };
    let mut server = Server::start(limits).await;
    let mut idle = server.send(&post("/", "1.1")).await;
    read_until(&mut idle, "\r\n\r\nok").await;
    server.starts().await;
    let mut half = server.send("POST / HTTP/1.1\r\n").await;
    let mut running = server.send(&post("/wait", "1.1")).await;
    server.starts().await;
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut half).await, "");
    TcpStream::connect(server.address).await.unwrap_err();
    assert!(!server.serving.is_finished());
    server.handler.go_on.notify_one();
    let answer = rest(&mut running).await;
    assert!(answer.contains("connection: close") && answer.ends_with("\r\n\r\nok"), "{answer}");
    soon("the end of the server", server.serving).await.unwrap();
}
