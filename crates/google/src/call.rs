//! Requests to Google's APIs: JSON or a form out, JSON in.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Map, Value};

use shared::{
    Redacted,
    net::{Https, Limits, ServiceUrl},
};

use crate::{AccessToken, AccessTokens, GoogleError, timeouts::TIMEOUT};

/// The client of all requests. Its TLS configuration is built once, at the first request.
static CLIENT: LazyLock<Https> =
    LazyLock::new(|| Https::with_limits(Limits { total: TIMEOUT, ..Limits::default() }));

/// The address of a Google API, and the source of the access tokens for it.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    base: ServiceUrl,
    tokens: Redacted<Arc<dyn AccessTokens>>,
}

impl Api {
    pub(crate) fn new(base: ServiceUrl, tokens: Arc<dyn AccessTokens>) -> Self {
        Self { base, tokens: Redacted(tokens) }
    }

    /// Posts `body` to `path`. If `retries` returns true for the error, posts once more.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        retries: impl Fn(&GoogleError) -> bool,
    ) -> Result<Map<String, Value>, GoogleError> {
        let url = self.base.join(path).map_err(|_| GoogleError::Answer)?;
        let token = self.tokens.0.access_token().await?;
        match post(&url, &token, body).await {
            Err(error) if retries(&error) => post(&url, &token, body).await,
            answer => answer,
        }
    }
}

/// Posts JSON with an access token.
pub(crate) async fn post(
    url: &ServiceUrl,
    token: &AccessToken,
    body: &Value,
) -> Result<Map<String, Value>, GoogleError> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| GoogleError::Answer)?;
    bearer.set_sensitive(true);
    send(url, "application/json", Some(bearer), body.to_string()).await
}

/// Posts a form, as OAuth endpoints require. The caller has checked or encoded its fields.
pub(crate) async fn post_form(
    url: &ServiceUrl,
    form: String,
) -> Result<Map<String, Value>, GoogleError> {
    send(url, "application/x-www-form-urlencoded", None, form).await
}

async fn send(
    url: &ServiceUrl,
    content_type: &'static str,
    authorization: Option<HeaderValue>,
    body: String,
) -> Result<Map<String, Value>, GoogleError> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.uri().clone();
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.extend(authorization.map(|value| (header::AUTHORIZATION, value)));
    let response = CLIENT.send(request).await?;
    if response.status() != StatusCode::OK {
        return Err(GoogleError::Status(response.status().as_u16()));
    }
    serde_json::from_slice(response.body()).map_err(|_| GoogleError::Answer)
}
