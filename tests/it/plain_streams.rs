//! Streams over real sockets, long enough that the server's task exhausts its tokio budget while it writes.

use bytes::Bytes;
use shared::{
    Callable, CallableRequest, ChunkSender,
    host::{Listener, serve},
};
use tests::authenticator_of_environment;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::plain_server::{STREAM, call, rest};

/// Small enough that a socket buffer holds several, so that tokio's budget of 128 operations ends in the middle of a write.
const CHUNK: usize = 30_000;

#[tokio::test]
async fn every_chunk_of_a_long_stream_arrives_before_the_result() {
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
            let headers = format!("connection: close\r\n{STREAM}");
            stream.write_all(call(&count.to_string(), &headers).as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await;
            let chunks = answer.matches("data: {\"message\":\"x").count();
            assert_eq!(chunks, count, "round {round}");
            assert_eq!(answer.matches("data: {\"result\":\"done\"}\n\n").count(), 1, "{count}");
        }
    }
}
