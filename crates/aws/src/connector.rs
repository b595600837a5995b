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
use http::Request;
use shared::net::{Https, Limits, SendError};

/// DynamoDB answers with 16 MB at most, and their JSON may be longer: numbers and bytes are text in it. The SDK has
/// its own time limits, which are shorter, except for connecting.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    total: Duration::from_secs(60),
    body_bytes: 32 << 20,
};

/// A client for the AWS SDK, which keeps connections. Its TLS configuration is built at the first request.
pub(super) fn client() -> SharedHttpClient {
    let https = Https::with_limits(LIMITS).keep_connections();
    let connector = SharedHttpConnector::new(Connector(Arc::new(https)));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector(Arc<Https>);

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
            let response = https.send(Request::from_parts(parts, body)).await.map_err(refused)?;
            HttpResponse::try_from(response.map(Into::into))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Tells the SDK which errors to retry: timeouts and `io`, not `other`.
fn refused(error: SendError) -> ConnectorError {
    match error {
        SendError::Timeout => ConnectorError::timeout(error.into()),
        _ if error.is_transient() => ConnectorError::io(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}
