//! Opens one connection: directly or through the proxy of the environment, and with TLS by rustls for HTTPS. The
//! configuration takes time to build, so clients build it for the first request, not at start.

use std::{
    error::Error,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Uri, uri::Scheme};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, dns::GaiResolver, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{BoxFuture, resolver::Resolver, tls};

/// Opens connections. Clones share the configuration.
#[derive(Clone)]
pub(super) struct Connector(Arc<Network>);

struct Network {
    tls: ClientConfig,
    proxies: Matcher,
    connect_timeout: Duration,
}

type Connection = MaybeHttpsStream<TokioIo<TcpStream>>;
type ConnectError = Box<dyn Error + Send + Sync>;

impl Connector {
    pub(super) fn new(tls: ClientConfig, proxies: Matcher, connect_timeout: Duration) -> Self {
        Self(Arc::new(Network { tls, proxies, connect_timeout }))
    }

    /// With this process's authorities and the proxy of its environment.
    pub(super) fn of_process(connect_timeout: Duration) -> Self {
        Self::new(tls::config(), Matcher::from_env(), connect_timeout)
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = ConnectError;
    type Future = BoxFuture<'static, Result<Connection, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let network = &self.0;
        // Unencrypted requests go only to this machine or to an emulator in its local network, and need no proxy.
        let encrypted = uri.scheme() == Some(&Scheme::HTTPS);
        let proxy = if encrypted { network.proxies.intercept(&uri) } else { None };
        let Some(proxy) = proxy else {
            return Box::pin(network.tls(network.tcp()).call(uri));
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), network.tcp());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        Box::pin(network.tls(tunnel).call(uri))
    }
}

impl Network {
    fn tcp(&self) -> HttpConnector<Resolver> {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        tcp.set_nodelay(true); // otherwise the request waits 40 ms for an acknowledgement
        tcp
    }

    fn tls<C>(&self, inner: C) -> HttpsConnector<C> {
        HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(inner)
    }
}
