//! An issuer of keys whose answers a test chooses: these keys, or silence. Its address stays the same.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Response, header};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use shared::testing::TestKeys;
use tokio::{net::TcpListener, sync::Semaphore};

pub(crate) struct KeyIssuer {
    pub(crate) url: String,
    state: Arc<State>,
}

struct State {
    keys: Mutex<Vec<Value>>,
    requests: AtomicUsize,
    open: Semaphore,
}

impl KeyIssuer {
    /// Answers with these keys.
    pub(crate) async fn of(keys: &[&TestKeys]) -> Self {
        let issuer = Self::silent().await;
        issuer.now_has(keys);
        issuer.speak();
        issuer
    }

    /// Takes requests, and answers none until it is told to speak.
    pub(crate) async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let state = Arc::new(State {
            keys: Mutex::default(),
            requests: AtomicUsize::new(0),
            open: Semaphore::new(0),
        });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&serving);
                let service = service_fn(move |_| Arc::clone(&state).answer());
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, state }
    }

    pub(crate) fn now_has(&self, keys: &[&TestKeys]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|keys| keys.jwk()).collect();
    }

    /// Answers what it was asked, and from now on all requests.
    pub(crate) fn speak(&self) {
        self.state.open.add_permits(1_000_000);
    }

    /// Answers this many requests.
    pub(crate) fn speak_to(&self, requests: usize) {
        self.state.open.add_permits(requests);
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl State {
    async fn answer(self: Arc<Self>) -> Result<Response<Full<Bytes>>, Infallible> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.open.acquire().await.unwrap().forget();
        let body = json!({ "keys": *self.keys.lock().unwrap() }).to_string();
        let response = Response::builder()
            .header(header::CONTENT_TYPE, "application/json; charset=UTF-8")
            .header(header::CACHE_CONTROL, "public, max-age=21600, must-revalidate")
            .body(Full::new(Bytes::from(body)));
        Ok(response.unwrap())
    }
}
