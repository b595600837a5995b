//! A service on this machine that answers what a test wants and remembers what it was asked.

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

use super::ServiceUrl;

/// Runs until its test ends.
pub(crate) struct StandIn {
    pub(crate) url: ServiceUrl,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
    count: watch::Receiver<usize>,
}

/// An answer: a status, and a body that is JSON.
pub(crate) type Reply = (u16, Value);

impl StandIn {
    /// Answers what `answer` makes of each request; status 0 is no answer at all.
    pub(crate) async fn start(
        answer: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = ServiceUrl::parse(&format!("http://{address}")).unwrap();
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
                        let body = body.collect().await.unwrap().to_bytes();
                        let request = Request::from_parts(head, body);
                        let (status, body) = answer(&request);
                        seen.lock().unwrap().push(request);
                        counter.send_modify(|count| *count += 1);
                        if status == 0 {
                            std::future::pending::<()>().await;
                        }
                        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
                        *response.status_mut() = StatusCode::from_u16(status).unwrap();
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, requests, count }
    }

    /// It has been asked as often as this.
    pub(crate) async fn asked(&self, times: usize) {
        self.count.clone().wait_for(|count| *count >= times).await.unwrap();
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }
}

/// An address on which nobody listens.
pub(crate) async fn nowhere() -> ServiceUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    ServiceUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}
