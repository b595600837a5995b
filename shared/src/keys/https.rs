//! The one implementation of `Fetch`: one HTTP/1.1 request on a connection of its own, TLS by
//! rustls with compiled-in roots. Nothing is built before the first fetch: a cold start counts it.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::{
    legacy::connect::{HttpConnector, proxy::Tunnel},
    proxy::matcher::Matcher,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::{task::JoinSet, time::timeout};
use tower_service::Service;

use super::{
    cache_control,
    fetch::{BoxFuture, Fetch, FetchError, Fetched},
    url::KeyUrl,
};

/// What one fetch may take.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// Until the TCP connection stands. Default: 1 s.
    pub connect: Duration,
    /// For everything, a second attempt included. Default: 2.5 s.
    pub total: Duration,
    /// Bytes of the body. Default: 64 KiB; Google's key sets are about 2 KiB.
    pub body_bytes: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            total: Duration::from_millis(2_500),
            body_bytes: 64 << 10,
        }
    }
}

/// Fetches over HTTPS (or HTTP on loopback), through the proxy that the environment names
/// (`HTTPS_PROXY`, `NO_PROXY`), with one retry on a failed connect or a 5xx.
#[derive(Default)]
pub struct HttpsFetch {
    limits: FetchLimits,
    network: OnceLock<Network>,
}

/// What needs time to build.
struct Network {
    tls: Arc<ClientConfig>,
    proxies: Matcher,
}

impl HttpsFetch {
    /// A fetcher with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fetcher with other limits.
    #[must_use]
    pub fn with_limits(limits: FetchLimits) -> Self {
        Self { limits, network: OnceLock::new() }
    }

    #[cfg(test)]
    pub(super) fn with_proxies(limits: FetchLimits, proxies: Matcher) -> Self {
        let network = OnceLock::new();
        let _ = network.set(Network { tls: Arc::new(tls_config()), proxies });
        Self { limits, network }
    }

    async fn attempt(&self, uri: &Uri) -> Result<Fetched, FetchError> {
        let network = self
            .network
            .get_or_init(|| Network { tls: Arc::new(tls_config()), proxies: Matcher::from_env() });
        let encrypted = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        // Plain http is for loopback only, where no proxy has any business.
        let proxy = if encrypted { network.proxies.intercept(uri) } else { None };
        let tcp = self.tcp();
        match proxy {
            None => self.exchange(tls(tcp, network).call(uri.clone()).await, uri).await,
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(credentials) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(credentials.clone());
                }
                self.exchange(tls(tunnel, network).call(uri.clone()).await, uri).await
            }
        }
    }

    fn tcp(&self) -> HttpConnector {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(self.limits.connect));
        tcp.set_nodelay(true); // without it the request waits 40 ms for an acknowledgement
        tcp
    }

    async fn exchange<C, E>(
        &self,
        connected: Result<C, E>,
        uri: &Uri,
    ) -> Result<Fetched, FetchError>
    where
        C: Read + Write + Unpin + Send + 'static,
    {
        let io = connected.map_err(|_| FetchError::Connect)?;
        let (mut sender, connection) =
            http1::handshake(io).await.map_err(|_| FetchError::Broken)?;
        let mut driver = JoinSet::new(); // ends with this call, however it ends
        driver.spawn(connection);

        let response = sender.send_request(request(uri)?).await.map_err(|_| FetchError::Broken)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let (head, body) = response.into_parts();
        if !head.headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
            return Err(FetchError::ContentType);
        }
        let text =
            |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let lifetime = cache_control::lifetime(text(header::CACHE_CONTROL), text(header::AGE));
        match Limited::new(body, self.limits.body_bytes).collect().await {
            Ok(body) => Ok(Fetched { body: body.to_bytes(), lifetime }),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
            Err(_) => Err(FetchError::Broken),
        }
    }
}

impl Fetch for HttpsFetch {
    fn fetch<'a>(&'a self, url: &'a KeyUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let attempts = async {
                match self.attempt(url.uri()).await {
                    Err(error) if error.is_passing() => self.attempt(url.uri()).await,
                    outcome => outcome,
                }
            };
            timeout(self.limits.total, attempts).await.unwrap_or(Err(FetchError::Timeout))
        })
    }
}

fn request(uri: &Uri) -> Result<Request<Empty<Bytes>>, FetchError> {
    let target = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    Request::get(target)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .body(Empty::new())
        .map_err(|_| FetchError::Broken)
}

fn is_json(content_type: &HeaderValue) -> bool {
    let media_type =
        content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim();
    ["application/json", "application/jwk-set+json"]
        .iter()
        .any(|json| media_type.eq_ignore_ascii_case(json))
}

fn tls<C>(inner: C, network: &Network) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config((*network.tls).clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(inner)
}

#[expect(clippy::expect_used, reason = "aws-lc supports rustls's default protocol versions")]
fn tls_config() -> ClientConfig {
    // Handed over explicitly: no crate of the tree can change which crypto is used.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("default protocol versions")
        .with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
        .with_no_client_auth()
}
