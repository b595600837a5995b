//! Streams over real sockets: the server's task uses up its budget while it writes, as it does for any client.

use bytes::Bytes;
use shared::{
    Callable, CallableRequest, ChunkSender,
    host::{Listener, serve},
};
use tests::authenticator_of_environment;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::soon;

/// What one socket's buffer holds several of, and a budget of 128 ends within.
const CHUNK: usize = 30_000;

#[tokio::test]
async fn every_chunk_arrives_before_the_result_however_many_there_are() {
    let chunk = Bytes::from("x".repeat(CHUNK));
    let callable =
        Callable::streaming(move |request: CallableRequest<usize>, out: ChunkSender<str>| {
            let chunk = chunk.clone();
            async move {
                let chunk = std::str::from_utf8(&chunk)?;
                for _ in 0..request.data {
                    out.send(chunk).await?;
                }
                Ok("done")
            }
        });
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.address().unwrap();
    let service = callable.into_service(authenticator_of_environment());
    tokio::spawn(serve(service, listener, std::future::pending()));

    for count in [1, 2, 30, 31, 32, 60, 61, 62, 63, 64, 92, 93, 94, 123, 124, 125, 126, 128, 186] {
        for round in 0..4 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let body = format!("{{\"data\":{count}}}");
            let head = format!(
                "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: text/event-stream\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            soon("a stream", stream.read_to_string(&mut answer)).await.unwrap();
            let chunks = answer.matches("data: {\"message\":\"x").count();
            assert_eq!(chunks, count, "round {round}");
            assert_eq!(answer.matches("data: {\"result\":\"done\"}\n\n").count(), 1, "{count}");
        }
    }
}
