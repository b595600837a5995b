//! The implementation of `Fetch`: a GET over HTTPS, with one retry where that may help.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::time::timeout;

use super::{
    cache_control,
    fetch::{Fetch, FetchError, Fetched},
};
use crate::net::{BoxFuture, Https, SendError, ServiceUrl};

/// The media type of RFC 7517 §8.5, and the one that most endpoints send. Strict endpoints answer 406 to a request
/// that does not accept their media type.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// Fetches over HTTPS. Tries once more after a failed connect or a 5xx; both attempts share the client's time limit.
#[derive(Debug, Default)]
pub struct HttpsFetch(Https);

impl HttpsFetch {
    /// A fetcher with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
                    Err(error) if error.is_transient() => self.attempt(url).await,
                    outcome => outcome,
                }
            };
            timeout(self.0.limits().total, attempts).await.unwrap_or(Err(SendError::Timeout.into()))
        })
    }
}

fn read(response: Response<Bytes>) -> Result<Fetched, FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let (head, body) = response.into_parts();
    // `Content-Type` is ignored: parsing the body shows whether it is a key set.
    Ok(Fetched { body, lifetime: cache_control::lifetime(&head.headers) })
}
