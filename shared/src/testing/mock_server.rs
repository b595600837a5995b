//! A service on this machine that answers what a test wants and keeps the requests that it was sent.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

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
    /// Its address.
    pub url: ServiceUrl,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
    count: watch::Receiver<usize>,
}

/// An answer: a status, and a body that is JSON.
pub type Reply = (u16, Value);

impl MockServer {
    /// Answers what `answer` makes of each request; status 0 is no answer at all.
    pub async fn start(answer: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let url = ServiceUrl::parse(&format!("http://{address}")).expect("a URL");
        let requests: Arc<Mutex<Vec<_>>> = Arc::default();
        let (answer, seen) = (Arc::new(answer), requests.clone());
        let (counter, count) = watch::channel(0);
        let counter = Arc::new(counter);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen, counter) = (answer.clone(), seen.clone(), counter.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answer, seen, counter) = (answer.clone(), seen.clone(), counter.clone());
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.expect("a whole body").to_bytes();
                        let request = Request::from_parts(head, body);
                        let (status, body) = answer(&request);
                        seen.lock().expect("no panic elsewhere").push(request);
                        counter.send_modify(|count| *count += 1);
                        if status == 0 {
                            std::future::pending::<()>().await;
                        }
                        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
                        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, requests, count }
    }

    /// It has been asked as often as this.
    pub async fn asked(&self, times: usize) {
        self.count.clone().wait_for(|count| *count >= times).await.expect("it still runs");
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().expect("no panic elsewhere").clone()
    }
}

/// An address on which nobody listens.
pub async fn nowhere() -> ServiceUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    ServiceUrl::parse(&format!("http://{}", listener.local_addr().expect("its address")))
        .expect("a URL")
}
