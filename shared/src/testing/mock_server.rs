//! An HTTP server on this machine that a test scripts, and that records the requests it receives.

use std::{convert::Infallible, future::pending, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::net::ServiceUrl;

/// A server on a free port of this machine. Runs until the runtime of its test ends.
///
/// ```
/// use serde_json::json;
/// use shared::testing::MockServer;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let service = MockServer::start(|_| (200, json!({ "users": [] }))).await;
/// assert!(service.requests().is_empty());
/// # });
/// ```
#[derive(Debug)]
pub struct MockServer {
    /// The address of the server.
    pub url: ServiceUrl,
    requests: watch::Receiver<Vec<Request<Bytes>>>,
}

/// An answer: the HTTP status, and the JSON of the body.
pub type Reply = (u16, Value);

impl MockServer {
    /// Starts a server that answers each request with the reply of `answer`. If the status of the reply is 0, the
    /// request is never answered.
    pub async fn start(answer: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static) -> Self {
        let (listener, url) = listen().await;
        let (sender, requests) = watch::channel(Vec::new());
        let shared = Arc::new((answer, sender));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let shared = shared.clone();
                    async move {
                        let (answer, requests) = &*shared;
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.expect("a whole body").to_bytes();
                        let request = Request::from_parts(head, body);
                        let (status, body) = answer(&request);
                        requests.send_modify(|requests| requests.push(request));
                        if status == 0 {
                            pending::<()>().await;
                        }
                        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
                        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, requests }
    }

    /// Waits until this many requests have arrived.
    pub async fn asked(&self, times: usize) {
        let mut requests = self.requests.clone();
        requests.wait_for(|requests| requests.len() >= times).await.expect("a running server");
    }

    /// The requests that have arrived so far.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.borrow().clone()
    }
}

/// An address on which nothing listens: connections to it are refused.
pub async fn nowhere() -> ServiceUrl {
    listen().await.1
}

async fn listen() -> (TcpListener, ServiceUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    (listener, ServiceUrl::parse(&format!("http://{address}")).expect("a URL"))
}
