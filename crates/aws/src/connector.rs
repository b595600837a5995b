//! Sends the requests of the AWS SDK through the HTTPS client that also fetches Google's keys. The SDK's own client
//! would link an HTTP/2 implementation, and read the system's certificates at the first call.

use std::{sync::Arc, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{
        HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use bytes::Bytes;
use http::{HeaderMap, Request};
use shared::net::{KeptHttps, Limits, SendError};

/// The SDK has its own time limits, which are shorter, except for connecting.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    total: Duration::from_secs(60),
    body_bytes: 32 << 20,
};

/// The operations of services whose answers are secrets, by the beginning of the header that names them. A secret has
/// at most 64 KiB; escaped as a JSON string, it may be six times as long. DynamoDB, for comparison, answers with 16 MB
/// at most, and bytes are a third longer in its JSON.
const WITH_SHORT_ANSWERS: [&str; 2] = ["secretsmanager.", "AmazonSSM."];
const SHORT: usize = 512 << 10;

/// A client for the AWS SDK, which keeps connections. Its TLS configuration is built at the first request.
pub(super) fn client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(Arc::new(KeptHttps::new(LIMITS))));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector(Arc<KeptHttps>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let https = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let (parts, body) = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .into_parts();
            let streamed = || ConnectorError::user("the body is a stream, not bytes".into());
            let body = Bytes::copy_from_slice(body.bytes().ok_or_else(streamed)?);
            let most_bytes = most_bytes(&parts.headers);
            let request = Request::from_parts(parts, body);
            let response = https.send(request, most_bytes).await.map_err(refused)?;
            HttpResponse::try_from(response.map(Into::into))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// How long the body of the answer may be.
fn most_bytes(request: &HeaderMap) -> usize {
    let operation = request.get("x-amz-target").and_then(|target| target.to_str().ok());
    let is_short = |operation: &str| WITH_SHORT_ANSWERS.iter().any(|it| operation.starts_with(it));
    if operation.is_some_and(is_short) { SHORT } else { LIMITS.body_bytes }
}

/// Tells the SDK which errors to retry: timeouts and `io`, not `other`.
fn refused(error: SendError) -> ConnectorError {
    match error {
        SendError::Timeout => ConnectorError::timeout(error.into()),
        _ if error.is_transient() => ConnectorError::io(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}

#[cfg(test)]
mod tests;
