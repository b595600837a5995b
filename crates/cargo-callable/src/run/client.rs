//! One HTTP request to a program on this machine, on a connection of its own: nothing of an earlier call can disturb it,
//! and dropping the answer ends the call.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Why a request has no answer.
pub(super) type Error = Box<dyn std::error::Error + Send + Sync>;

/// How long a short request may take.
const SHORT: Duration = Duration::from_secs(30);

/// Sends `request`, and returns the head of the answer with its body as it arrives.
pub(super) async fn send<B>(port: u16, request: Request<B>) -> Result<Response<Incoming>, Error>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        let _ = connection.await; // its failure is the request's, too
    });
    Ok(sender.send_request(request).await?)
}

/// A whole request with a short body, and the whole answer.
pub(super) async fn exchange(
    port: u16,
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Result<(StatusCode, Bytes), Error> {
    let request =
        request.header("host", format!("127.0.0.1:{port}")).body(Full::new(body.into()))?;
    let exchange = async {
        let answer = send(port, request).await?;
        let status = answer.status();
        Ok::<_, Error>((status, answer.into_body().collect().await?.to_bytes()))
    };
    timeout(SHORT, exchange).await?
}

/// Whether anything answers HTTP at `port`.
pub(super) async fn answers(port: u16, path: &str) -> bool {
    exchange(port, Request::options(path), Bytes::new()).await.is_ok()
}
