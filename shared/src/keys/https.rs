//! The one implementation of `Fetch`: a GET over HTTPS, with one retry where that may help.

use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::time::timeout;

use super::{
    cache_control,
    fetch::{Fetch, FetchError, Fetched},
};
use crate::net::{BoxFuture, Https, Limits, SendError, ServiceUrl};
use bytes::Bytes;

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
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
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
    if !head.headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(FetchError::ContentType);
    }
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let lifetime = cache_control::lifetime(text(header::CACHE_CONTROL), text(header::AGE));
    Ok(Fetched { body, lifetime })
}

impl From<SendError> for FetchError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Connect => Self::Connect,
            SendError::Broken => Self::Broken,
            SendError::Timeout => Self::Timeout,
            SendError::TooLarge => Self::TooLarge,
        }
    }
}

fn is_json(content_type: &HeaderValue) -> bool {
    let media_type =
        content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim();
    ["application/json", "application/jwk-set+json"]
        .iter()
        .any(|json| media_type.eq_ignore_ascii_case(json))
}
