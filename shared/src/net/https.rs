//! A client for HTTP/1.1 requests, with TLS by rustls. TLS and proxy configuration are built for the first request, not
//! at start, to keep the cold start short.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::{
    client::{legacy::Client, proxy::matcher::Matcher},
    rt::TokioExecutor,
};
use tokio::time::timeout;

use super::{
    connector::Connector,
    failure::{SendError, while_connecting},
    tls,
};
use crate::{
    Redacted,
    clock::{Moment, SystemClock},
};

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

/// How long a connection may be idle and still be used. AWS closes idle connections after a minute or more, and Google
/// after some minutes.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// A client for HTTPS, or for HTTP to local servers. For HTTPS it uses the proxy in the environment (`HTTPS_PROXY`,
/// `NO_PROXY`). Does not follow redirects, and does not repeat a request that may have been received.
#[derive(Debug, Default)]
pub struct Https {
    limits: Limits,
    keeps_connections: bool,
    /// Redacted: the address of a proxy may contain a password.
    connector: Redacted<OnceLock<Connector>>,
    clock: SystemClock,
    /// The client with the idle connections, and when it was last used.
    kept: Redacted<Mutex<Option<(HttpClient, Moment)>>>,
}

type HttpClient = Client<Connector, Full<Bytes>>;

impl Https {
    /// A client for rare requests, with the default limits: each request has its own connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A client for rare requests, with other limits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shared::net::{Https, Limits};
    ///
    /// let client = Https::with_limits(Limits { total: Duration::from_secs(10), ..Limits::default() });
    /// ```
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Keeps connections open for later requests, for at most 30 seconds of idleness.
    ///
    /// A Lambda sandbox is frozen between calls, and its connections may die meanwhile without a sign. So the idle
    /// time is measured by two clocks, of which one does not stop, and after a request without an answer no connection
    /// that was open by then is used again.
    ///
    /// ```
    /// let client = shared::net::Https::new().keep_connections();
    /// ```
    #[must_use]
    pub fn keep_connections(self) -> Self {
        Self { keeps_connections: true, ..self }
    }

    #[cfg(test)]
    pub(crate) fn of(limits: Limits, added: Option<&super::Authorities>, proxies: Matcher) -> Self {
        let tls = tls::config_with(super::roots::with(added));
        let connector = Connector::new(tls, proxies, limits.connect);
        Self { connector: Redacted(connector.into()), ..Self::with_limits(limits) }
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
        timeout(self.limits.total, self.exchange(request)).await.unwrap_or(Err(SendError::Timeout))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let unanswered = Unanswered(self);
        let response = self.client().request(request.map(Full::new)).await;
        let (head, body) = response
            .map_err(|error| match error.is_connect() {
                true => while_connecting(&error),
                false => SendError::Broken,
            })?
            .into_parts();
        match Limited::new(body, self.limits.body_bytes).collect().await {
            Ok(body) => {
                std::mem::forget(unanswered);
                Ok(Response::from_parts(head, body.to_bytes()))
            }
            Err(error) if error.is::<LengthLimitError>() => Err(SendError::TooLarge),
            Err(_) => Err(SendError::Broken),
        }
    }

    /// A client whose idle connections may be used.
    fn client(&self) -> HttpClient {
        let build = |max_idle| {
            let connector = self.connector.0.get_or_init(|| {
                Connector::new(tls::config(), Matcher::from_env(), self.limits.connect)
            });
            Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(max_idle)
                .build(connector.clone())
        };
        if !self.keeps_connections {
            return build(0);
        }
        let now = Moment::now(&self.clock);
        let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match kept.take() {
            Some((client, used)) if now.since(used) < MAX_IDLE => client,
            _ => build(usize::MAX),
        };
        *kept = Some((client.clone(), now));
        client
    }
}

/// Dropped without an answer, closes the idle connections: they may be as dead as the one of the request.
struct Unanswered<'a>(&'a Https);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
