//! One call of a Google API: JSON or a form out, JSON in.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Map, Value};

use shared::net::{Https, Limits, ServiceUrl};

use crate::{AccessToken, GoogleError, timeouts::TIMEOUT};

/// The client for calls of Google's services.
pub(crate) fn client() -> Https {
    Https::with_limits(Limits { total: TIMEOUT, ..Limits::default() })
}

/// Posts JSON with an access token.
pub(crate) async fn post(
    client: &Https,
    url: &ServiceUrl,
    token: &AccessToken,
    body: &Value,
) -> Result<Map<String, Value>, GoogleError> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.text()))
        .map_err(|_| GoogleError::Answer)?;
    bearer.set_sensitive(true);
    let mut request = request(url, "application/json", body.to_string());
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    answer(client, request).await
}

/// Posts a form, as OAuth endpoints want it. The fields are checked or encoded by the caller.
pub(crate) async fn post_form(
    client: &Https,
    url: &ServiceUrl,
    form: String,
) -> Result<Map<String, Value>, GoogleError> {
    answer(client, request(url, "application/x-www-form-urlencoded", form)).await
}

fn request(url: &ServiceUrl, content_type: &'static str, body: String) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.uri().clone();
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    request
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
