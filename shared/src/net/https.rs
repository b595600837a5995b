//! A client that sends each HTTP/1.1 request on its own connection, with TLS by rustls. TLS and proxy configuration are
//! built for the first request, not at start, to keep the cold start short.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri::Scheme};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::{
    legacy::connect::{HttpConnector, dns::GaiResolver, proxy::Tunnel},
    proxy::matcher::Matcher,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::{task::JoinSet, time::timeout};
use tower_service::Service;

use super::{
    failure::{SendError, while_connecting},
    resolver::Resolver,
    roots,
};
use crate::Redacted;

/// The limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time to connect by TCP. Default: 1 s.
    pub connect: Duration,
    /// Time for the whole request. Default: 2.5 s.
    pub total: Duration,
    /// Bytes of the answer's body. Default: 64 KiB.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            total: Duration::from_millis(2_500),
            body_bytes: 64 << 10,
        }
    }
}

/// A client for rare requests: HTTPS, or HTTP to local servers. For HTTPS it uses the proxy in the environment
/// (`HTTPS_PROXY`, `NO_PROXY`). Does not follow redirects and does not retry.
#[derive(Debug, Default)]
pub struct Https {
    limits: Limits,
    /// Redacted: the address of a proxy may contain a password.
    network: Redacted<OnceLock<Network>>,
}

/// The configuration that takes time to build.
struct Network {
    tls: ClientConfig,
    proxies: Matcher,
}

impl Https {
    /// A client with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A client with other limits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shared::net::{Https, Limits};
    ///
    /// let client = Https::with_limits(Limits { total: Duration::from_secs(10), ..Limits::default() });
    /// ```
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, network: Redacted::default() }
    }

    #[cfg(test)]
    pub(crate) fn of(limits: Limits, added: Option<&super::Authorities>, proxies: Matcher) -> Self {
        let network = Network { tls: tls_config(roots::with(added)), proxies };
        Self { limits, network: Redacted(network.into()) }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends `request`, whose URI is absolute, and returns the answer.
    ///
    /// # Errors
    /// There is no complete answer within the limits. If the error
    /// [occurred before sending](SendError::is_before_sending), the server has received no part of the request.
    /// Otherwise the server may have acted on the request.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        timeout(self.limits.total, self.connect_and_send(request))
            .await
            .unwrap_or(Err(SendError::Timeout))
    }

    async fn connect_and_send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, SendError> {
        let uri = request.uri().clone();
        let network = self.network.0.get_or_init(|| Network {
            tls: tls_config(roots::trusted()),
            proxies: Matcher::from_env(),
        });
        // Unencrypted requests go only to this machine or to an emulator in its local network, and need no proxy.
        let encrypted = uri.scheme() == Some(&Scheme::HTTPS);
        let proxy = if encrypted { network.proxies.intercept(&uri) } else { None };
        let tcp = self.tcp();
        match proxy {
            None => self.exchange(tls(tcp, network).call(uri).await, request).await,
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(credentials) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(credentials.clone());
                }
                self.exchange(tls(tunnel, network).call(uri).await, request).await
            }
        }
    }

    fn tcp(&self) -> HttpConnector<Resolver> {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(self.limits.connect));
        tcp.set_nodelay(true); // otherwise the request waits 40 ms for an acknowledgement
        tcp
    }

    async fn exchange<C, E>(
        &self,
        connected: Result<C, E>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, SendError>
    where
        C: Read + Write + Unpin + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let io = connected.map_err(|error| while_connecting(&*error.into()))?;
        let (mut sender, connection) = http1::handshake(io).await.map_err(|_| SendError::Broken)?;
        // Aborts the connection's task when this function returns or its future is dropped.
        let mut driver = JoinSet::new();
        driver.spawn(connection);

        let response =
            sender.send_request(in_origin_form(request)?).await.map_err(|_| SendError::Broken)?;
        let (head, body) = response.into_parts();
        match Limited::new(body, self.limits.body_bytes).collect().await {
            Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(SendError::TooLarge),
            Err(_) => Err(SendError::Broken),
        }
    }
}

/// Puts only the path into the request line, and the host into a header, as HTTP/1.1 requires.
fn in_origin_form(mut request: Request<Bytes>) -> Result<Request<Full<Bytes>>, SendError> {
    let uri = request.uri();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(host).map_err(|_| SendError::Broken)?;
    let path = uri.path_and_query().cloned().map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.uri_mut() = path;
    request.headers_mut().insert(header::HOST, host);
    Ok(request.map(Full::new))
}

fn tls<C>(inner: C, network: &Network) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config(network.tls.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(inner)
}

#[expect(clippy::expect_used, reason = "aws-lc supports rustls's default protocol versions")]
fn tls_config(roots: RootCertStore) -> ClientConfig {
    // Set explicitly, so that a default of another crate cannot change the crypto library.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
