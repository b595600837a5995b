//! How the AWS SDK reaches AWS: through the HTTPS client that fetches Google's keys. The SDK's own would link
//! HTTP/2, and read the system's certificates at the first call.

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

/// A secret has at most 64 KiB, and may be six times as long as a JSON string. Times are the SDK's to watch,
/// except for the one to connect.
fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(1),
        total: Duration::from_secs(10),
        body_bytes: 512 << 10,
    }
}

/// A client for the AWS SDK. Nothing is built before its first request.
pub(super) fn client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(Arc::new(Https::with_limits(limits()))));
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
            let body = body.bytes().map(Bytes::copy_from_slice);
            let body =
                body.ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?;
            let response = https.send(Request::from_parts(parts, body)).await.map_err(refused)?;
            HttpResponse::try_from(response.map(Into::into))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK retries, and what not.
fn refused(error: SendError) -> ConnectorError {
    match error {
        SendError::Timeout => ConnectorError::timeout(error.into()),
        _ if error.is_passing() => ConnectorError::io(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}
