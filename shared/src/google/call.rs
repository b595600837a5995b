//! One call of a Google API: JSON or a form out, JSON in, and every way in which it can fail.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use serde_json::{Map, Value};

use super::access_token::AccessToken;
use crate::{
    fetched::{Discipline, Pauses, Trouble, random_jitter},
    net::{Https, Limits, SendError},
};

/// Connecting and reading, all in all.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// After how many failures a Google service is not asked for a while, and for how long. The first two cause no
/// pause: they may be chance, and callers are refused in each pause.
pub(super) const PAUSES: Pauses = Pauses {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(10),
    jitter: random_jitter,
};

/// How long callers wait for Google. The budget covers two requests, since federation needs two for a token.
pub(crate) const DISCIPLINE: Discipline = Discipline {
    budget: Duration::from_secs(6),
    patience: TIMEOUT,
    short_patience: Duration::from_secs(1),
    pauses: PAUSES,
};

/// The error for a caller who waited for an answer of Google's.
pub(crate) fn trouble(trouble: Trouble<GoogleError>) -> GoogleError {
    match trouble {
        Trouble::Failed(error) => error,
        Trouble::TimedOut | Trouble::NotYet => SendError::Timeout.into(),
        Trouble::Interrupted => SendError::Broken.into(),
    }
}

/// The client for calls of Google's services.
pub(super) fn client() -> Https {
    Https::with_limits(Limits { total: TIMEOUT, ..Limits::default() })
}

/// Why Google did not tell. Carries nothing of what was sent or received, so that it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GoogleError {
    /// No answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Another status than 200: 403 most often says that the service account lacks a permission.
    #[error("status {0}")]
    Status(u16),
    /// 200, but not the documented answer.
    #[error("an answer that is not as documented")]
    Answer,
    /// There are no credentials to ask with: one sentence for the operator.
    #[error("{0}")]
    Credentials(String),
}

impl GoogleError {
    /// Whether a second attempt right away may help.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Send(error) => error.is_passing(),
            Self::Status(status) => *status >= 500,
            Self::Answer | Self::Credentials(_) => false,
        }
    }

    /// Whether the service is down or overloaded, so that every request to it would fail. Any other refusal
    /// concerns one request only.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Status(429 | 500..) | Self::Credentials(_))
    }
}

/// Posts JSON with an access token.
pub(super) async fn post(
    client: &Https,
    uri: Option<Uri>,
    token: &AccessToken,
    body: &Value,
) -> Result<Map<String, Value>, GoogleError> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.text()))
        .map_err(|_| GoogleError::Answer)?;
    bearer.set_sensitive(true);
    let mut request = request(uri, "application/json", body.to_string())?;
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    answer(client, request).await
}

/// Posts a form, as OAuth endpoints want it. The fields are checked or encoded by the caller.
pub(super) async fn post_form(
    client: &Https,
    uri: Option<Uri>,
    form: String,
) -> Result<Map<String, Value>, GoogleError> {
    answer(client, request(uri, "application/x-www-form-urlencoded", form)?).await
}

fn request(
    uri: Option<Uri>,
    content_type: &'static str,
    body: String,
) -> Result<Request<Bytes>, GoogleError> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.ok_or(GoogleError::Answer)?;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(request)
}

async fn answer(
    client: &Https,
    request: Request<Bytes>,
) -> Result<Map<String, Value>, GoogleError> {
    let response = client.send(request).await?;
    if response.status() != StatusCode::OK {
        return Err(GoogleError::Status(response.status().as_u16()));
    }
    match serde_json::from_slice(response.body()) {
        Ok(Value::Object(answer)) => Ok(answer),
        _ => Err(GoogleError::Answer),
    }
}
