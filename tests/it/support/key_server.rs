//! A key endpoint on loopback, with the test key's set, or whatever a case wants instead.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Response, header};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use shared::testing::TestKeys;
use tokio::net::TcpListener;

pub(crate) struct KeyServer {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl KeyServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let count = count.clone();
                let service = service_fn(move |_: http::Request<hyper::body::Incoming>| {
                    count.fetch_add(1, Ordering::SeqCst);
                    async {
                        let response = Response::builder()
                            .header(header::CONTENT_TYPE, "application/json; charset=UTF-8")
                            .header(header::CACHE_CONTROL, "public, max-age=21600, must-revalidate")
                            .body(Full::new(Bytes::from(TestKeys::shared().jwks())));
                        Ok::<_, Infallible>(response.unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// An address on which nobody listens.
    pub(crate) async fn nowhere() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/jwks", listener.local_addr().unwrap())
    }
}
