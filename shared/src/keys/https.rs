//! The one implementation of `Fetch`: a GET over HTTPS, with one retry where that may help.

use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::time::timeout;

use super::{
    cache_control,
    fetch::{Fetch, FetchError, Fetched},
};
use crate::net::{BoxFuture, Https, Limits, SendError, ServiceUrl};
use bytes::Bytes;

/// RFC 7517 §8.5, and what most endpoints say instead. Strict endpoints answer 406 to a request that accepts only
/// the other.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// Fetches with one retry on a failed connect or a 5xx, all of it within the client's total limit.
#[derive(Debug, Default)]
pub struct HttpsFetch(Https);

impl HttpsFetch {
    /// A fetcher with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fetcher with other limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self(Https::with_limits(limits))
    }

    #[cfg(test)]
    pub(super) fn over(client: Https) -> Self {
        Self(client)
    }

    async fn attempt(&self, url: &ServiceUrl) -> Result<Fetched, FetchError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.uri().clone();
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        read(self.0.send(request).await?)
    }
}

impl Fetch for HttpsFetch {
    fn fetch<'a>(&'a self, url: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let attempts = async {
                match self.attempt(url).await {
                    Err(error) if error.is_passing() => self.attempt(url).await,
                    outcome => outcome,
                }
            };
            timeout(self.0.limits().total, attempts).await.unwrap_or(Err(FetchError::Timeout))
        })
    }
}

fn read(response: Response<Bytes>) -> Result<Fetched, FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let (head, body) = response.into_parts();
    // `Content-Type` is ignored: reading the body shows whether it is a key set.
    Ok(Fetched { body, lifetime: cache_control::lifetime(&head.headers) })
}

impl From<SendError> for FetchError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Unresolved => Self::Unresolved,
            SendError::Refused => Self::Refused,
            SendError::Untrusted(problem) => Self::Untrusted(problem),
            SendError::Connect => Self::Connect,
            SendError::Broken => Self::Broken,
            SendError::Timeout => Self::Timeout,
            SendError::TooLarge => Self::TooLarge,
        }
    }
}
