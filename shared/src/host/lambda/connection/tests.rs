//! Early answers: the Runtime API answers before it has the whole request, whose body may never end.

use std::{future::Future, sync::atomic::AtomicUsize, time::Duration};

use futures_util::stream;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, StreamBody};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    task::yield_now,
    time::timeout,
};

use super::*;
use crate::{
    callable::ResponseBody,
    host::lambda::runtime_api::{Reply, RuntimeApi},
};

const REFUSED: &str = "HTTP/1.1 413 P\r\ncontent-length: 0\r\n\r\n";
const ACCEPTED: &str = "HTTP/1.1 202 A\r\ncontent-length: 0\r\n\r\n";

/// Waits for something that must happen, and fails after 30 seconds.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("done within 30 seconds")
}

async fn head(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// A body whose frames come from a channel, and the channel's sender.
fn open_ended() -> (mpsc::UnboundedSender<Bytes>, Sent) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let frames = stream::unfold(receiver, |mut receiver: mpsc::UnboundedReceiver<Bytes>| async {
        let frame = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(Frame::data(frame)), receiver))
    });
    (sender, StreamBody::new(frames).boxed_unsync())
}

type Sent = http_body_util::combinators::UnsyncBoxBody<Bytes, std::convert::Infallible>;

fn request(body: Sent) -> Request<Sent> {
    Request::post("/response").header("host", "h").body(body).unwrap()
}

async fn connected() -> (Connection<Sent>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (connection, accepted) = tokio::join!(Connection::open(&address), listener.accept());
    (connection.unwrap(), accepted.unwrap().0)
}

#[tokio::test]
async fn a_refused_request_is_not_sent_to_its_end_and_its_connection_is_not_used_again() {
    let (connection, mut server) = connected().await;
    let (sender, body) = open_ended();
    sender.send(Bytes::from_static(b"1")).unwrap();
    let refuse = async {
        head(&mut server).await;
        server.write_all(REFUSED.as_bytes()).await.unwrap();
    };
    let (exchange, ()) =
        soon(async { tokio::join!(connection.exchange(request(body)), refuse) }).await;
    let Ok(Exchange { status, connection: None }) = exchange else {
        panic!("the exchange failed, or its connection is used again")
    };
    assert_eq!(status, 413);
    soon(sender.closed()).await; // the body was dropped, so its producer stops
}

#[tokio::test]
async fn an_answer_before_the_kernel_has_the_whole_request_is_early_too() {
    let (connection, mut server) = connected().await;
    let large = Bytes::from(vec![b'x'; 32 << 20]); // more than the buffers of a socket
    let body = http_body_util::Full::new(large).boxed_unsync();
    let refuse = async {
        head(&mut server).await;
        server.write_all(REFUSED.as_bytes()).await.unwrap();
    };
    let (exchange, ()) =
        soon(async { tokio::join!(connection.exchange(request(body)), refuse) }).await;
    assert!(matches!(exchange, Ok(Exchange { connection: None, .. })));
}

#[tokio::test]
async fn a_request_that_is_accepted_early_is_over_when_all_of_it_is_sent() {
    let (connection, mut server) = connected().await;
    let (sender, body) = open_ended();
    let turn = AtomicUsize::new(0);
    let exchange = async {
        let exchange = connection.exchange(request(body)).await;
        assert_eq!(turn.load(Ordering::SeqCst), 1, "not before the body ends");
        exchange
    };
    let serve = async {
        let mut seen = head(&mut server).await.into_bytes();
        server.write_all(ACCEPTED.as_bytes()).await.unwrap();
        for _ in 0..100 {
            yield_now().await;
        }
        sender.send(Bytes::from_static(b"last")).unwrap();
        turn.store(1, Ordering::SeqCst);
        drop(sender);
        while !seen.ends_with(b"4\r\nlast\r\n0\r\n\r\n") {
            assert_ne!(server.read_buf(&mut seen).await.unwrap(), 0);
        }
    };
    let (exchange, ()) = soon(async { tokio::join!(exchange, serve) }).await;
    assert!(exchange.is_ok_and(|exchange| exchange.status == 202));
}

#[tokio::test]
async fn a_request_that_is_accepted_early_and_cannot_be_sent_whole_is_an_error() {
    let (connection, mut server) = connected().await;
    let (sender, body) = open_ended();
    let serve = async {
        head(&mut server).await;
        server.write_all(ACCEPTED.as_bytes()).await.unwrap();
        drop(server);
        while sender.send(Bytes::from_static(b"more")).is_ok() {
            yield_now().await;
        }
    };
    let (exchange, ()) =
        soon(async { tokio::join!(connection.exchange(request(body)), serve) }).await;
    assert!(matches!(exchange, Err(Unsent::Broken(_))));
}

#[tokio::test]
async fn an_exchange_that_is_over_leaves_a_connection_for_the_next() {
    let (mut connection, mut server) = connected().await;
    tokio::spawn(async move {
        let mut seen = Vec::new();
        while server.read_buf(&mut seen).await.unwrap() > 0 {
            if seen.ends_with(b"0\r\n\r\n") {
                seen.clear();
                server.write_all(ACCEPTED.as_bytes()).await.unwrap();
            }
        }
    });
    for _ in 0..50 {
        let (sender, body) = open_ended();
        sender.send(Bytes::from_static(b"1")).unwrap();
        drop(sender);
        assert!(connection.is_open().await);
        let Ok(exchange) = soon(connection.exchange(request(body))).await else { panic!("broken") };
        connection = exchange.connection.expect("the connection can be used again");
    }
}

/// Regression test: after a stream had been refused early, the next answer waited forever for the rest of the stream.
#[tokio::test]
async fn the_next_answer_does_not_wait_for_a_refused_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = RuntimeApi::new(&listener.local_addr().unwrap().to_string()).unwrap();
    let server = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        head(&mut first).await;
        first.write_all(REFUSED.as_bytes()).await.unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        let seen = head(&mut second).await;
        second.write_all(ACCEPTED.as_bytes()).await.unwrap();
        (first, second, seen)
    });
    let large = Response::new(ResponseBody::from(Bytes::from(vec![b'x'; 32 << 20])));
    let refused = soon(api.send("r-1", &HeaderMap::new(), Reply::Stream(large))).await;
    assert!(refused.unwrap_err().to_string().contains("413"));
    let next = Reply::Whole(Bytes::from_static(b"{}"));
    soon(api.send("r-2", &HeaderMap::new(), next)).await.unwrap();
    let (_, _, seen) = server.await.unwrap();
    assert!(seen.contains("/r-2/response HTTP/1.1\r\n"), "{seen}");
}
