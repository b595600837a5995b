//! A client that sends each HTTP/1.1 request on its own connection.

use std::{sync::OnceLock, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, client::conn::http1};
use tokio::{task::JoinSet, time::timeout};
use tower_service::Service;

use super::{
    connector::Connector,
    failure::{SendError, while_connecting},
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
    /// Made at the first request. Redacted: the address of a proxy may contain a password.
    connector: Redacted<OnceLock<Connector>>,
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
        Self { limits, connector: Redacted::default() }
    }

    #[cfg(test)]
    pub(crate) fn of(
        limits: Limits,
        added: Option<&super::Authorities>,
        proxies: hyper_util::client::proxy::matcher::Matcher,
    ) -> Self {
        let tls = super::tls::config_with(super::roots::with(added));
        let connector = Connector::new(tls, proxies, limits.connect);
        Self { limits, connector: Redacted(connector.into()) }
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
        let connector = self.connector.0.get_or_init(|| Connector::of_process(self.limits.connect));
        let connected = connector.clone().call(request.uri().clone()).await;
        let io = connected.map_err(|error| while_connecting(&*error))?;
        let (mut sender, connection) = http1::handshake(io).await.map_err(|_| SendError::Broken)?;
        // Aborts the connection's task when this function returns or its future is dropped.
        let mut driver = JoinSet::new();
        driver.spawn(connection);

        let response =
            sender.send_request(in_origin_form(request)?).await.map_err(|_| SendError::Broken)?;
        with_whole_body(response, self.limits.body_bytes).await
    }
}

/// Reads the body of an answer.
pub(super) async fn with_whole_body(
    response: Response<Incoming>,
    most_bytes: usize,
) -> Result<Response<Bytes>, SendError> {
    let (head, body) = response.into_parts();
    match Limited::new(body, most_bytes).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(SendError::TooLarge),
        Err(_) => Err(SendError::Broken),
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
