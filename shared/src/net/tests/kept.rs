//! Servers that close connections at bad moments.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};

use super::*;

/// What a server does on one connection.
#[derive(Clone, Copy)]
enum Connection {
    /// Answers each request.
    Stays,
    /// Answers one request, and closes the connection.
    ClosesWhenIdle,
    /// Answers one request, receives a second, and closes the connection instead of an answer.
    ClosesWhenAsked,
    /// Answers one request, receives a second, and does nothing.
    Hangs,
}

struct Server {
    uri: http::Uri,
    connections: Arc<AtomicUsize>,
    /// A connection was closed, or received a request that is not answered.
    happened: Arc<Notify>,
}

impl Server {
    /// The connections that `connections` describes, in their order; later ones stay.
    async fn start(connections: &'static [Connection]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let server = Self { uri, connections: Arc::default(), happened: Arc::default() };
        let (count, happened) = (Arc::clone(&server.connections), Arc::clone(&server.happened));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let how = connections.get(number).copied().unwrap_or(Connection::Stays);
                let happened = Arc::clone(&happened);
                tokio::spawn(async move {
                    answer(stream, how, &happened).await;
                    happened.notify_one();
                });
            }
        });
        server
    }

    async fn ask(&self, client: &KeptHttps) -> Result<Bytes, SendError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.uri.clone();
        client.send(request, 100).await.map(http::Response::into_body)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream, how: Connection, happened: &Notify) {
    let mut requests = 0;
    while has_received_request(&mut stream).await {
        requests += 1;
        match how {
            Connection::ClosesWhenAsked if requests == 2 => return,
            Connection::Hangs if requests == 2 => {
                happened.notify_one();
                std::future::pending().await
            }
            _ => {}
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        if matches!(how, Connection::ClosesWhenIdle) {
            return;
        }
    }
}

/// Reads one request without a body; `false` if the client has closed the connection.
async fn has_received_request(stream: &mut TcpStream) -> bool {
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => received.push(byte),
            Err(_) => return false,
        }
    }
    true
}

fn client() -> KeptHttps {
    KeptHttps::new(Limits::default())
}

const OK: Result<Bytes, SendError> = Ok(Bytes::from_static(b"ok"));

#[tokio::test]
async fn requests_share_one_connection() {
    let (server, client) = (Server::start(&[]).await, client());
    for _ in 0..5 {
        assert_eq!(server.ask(&client).await, OK);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_request_does_not_fail_because_the_server_has_closed_the_idle_connection() {
    let server = Server::start(&[Connection::ClosesWhenIdle; 20]).await;
    let client = client();
    for _ in 0..20 {
        assert_eq!(server.ask(&client).await, OK);
        server.happened.notified().await;
    }
    assert_eq!(server.connections(), 20);
}

#[tokio::test]
async fn after_a_request_without_an_answer_no_idle_connection_is_used_again() {
    let server = Server::start(&[Connection::ClosesWhenAsked; 3]).await;
    let client = client();
    let three = tokio::join!(server.ask(&client), server.ask(&client), server.ask(&client));
    assert_eq!((three, server.connections()), ((OK, OK, OK), 3));
    let broken = Err(SendError::Broken);
    assert_eq!(server.ask(&client).await, broken, "the server may have acted on it");
    assert_eq!(server.ask(&client).await, OK, "the other two idle connections were closed");
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn a_request_that_is_dropped_closes_the_idle_connections_too() {
    let server = Server::start(&[Connection::Hangs, Connection::Hangs]).await;
    let client = client();
    assert_eq!(tokio::join!(server.ask(&client), server.ask(&client)), (OK, OK));
    tokio::select! {
        answer = server.ask(&client) => panic!("{answer:?}"),
        () = server.happened.notified() => {}
    }
    assert_eq!(server.ask(&client).await, OK);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let (server, client) = (Server::start(&[]).await, client());
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = server.uri.clone();
    assert_eq!(client.send(request, 1).await.unwrap_err(), SendError::TooLarge);
    assert_eq!(server.ask(&client).await, OK);
}
