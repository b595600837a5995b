//! Streams to Lambda's Runtime API on a connection of our own, which sends each chunk at once. lambda_runtime's
//! holds the second small write back until the first is acknowledged: 40 ms until the first chunk.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambda_runtime::{Error, LambdaInvocation, MetadataPrelude, tower::Layer};
use serde_json::json;
use tower_service::Service;

use super::{
    RequestBody,
    event::{Event, NoHttpEvent},
    lambda::{one_line_each, request_of},
};
use crate::callable::ResponseBody;

/// What the Runtime API is sent: a stream, or an error.
type Sent = UnsyncBoxBody<Bytes, Infallible>;

/// A service of requests as one of invocations, whose answers it sends itself.
#[derive(Clone)]
pub(super) struct Streamed<S> {
    service: S,
    api: String,
    client: Client<HttpConnector, Sent>,
}

impl<S> Streamed<S> {
    /// `api` is the value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn new(service: S, api: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let scheme = if api.contains("://") { "" } else { "http://" };
        let api = format!("{scheme}{}/2018-06-01/runtime/invocation", api.trim_end_matches('/'));
        Self { service, api, client }
    }
}

/// Put around a runtime, it takes the place of everything that handles an invocation there.
impl<S: Clone, Inner> Layer<Inner> for Streamed<S> {
    type Service = Self;

    fn layer(&self, _: Inner) -> Self {
        self.clone()
    }
}

impl<S> Service<LambdaInvocation> for Streamed<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let mut this = self.clone();
        Box::pin(async move {
            let LambdaInvocation { parts, body: event, context } = invocation;
            let uri = |end| format!("{}/{}/{end}", this.api, context.request_id);
            // What serde_json has to say could repeat a value of the event.
            let event: Result<Event, _> = serde_json::from_slice(&event).map_err(|_| NoHttpEvent);
            let request = event.and_then(|event| request_of(event, &context));
            let request = match request {
                Ok((_, request)) => {
                    let Ok(response) = this.service.call(request).await;
                    stream_to(uri("response"), response)
                }
                Err(error) => error_to(uri("error"), &error),
            };
            let sent = match request {
                Ok(request) => this.send(request, &parts.headers).await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                // The caller has gone, or the platform has given up: the next event is another's.
                tracing::warn!(%error, "the Runtime API did not take a whole answer");
            }
            Ok(())
        })
    }
}

impl<S> Streamed<S> {
    /// Resolves when the whole of it is sent.
    async fn send(&self, mut request: Request<Sent>, event: &HeaderMap) -> Result<(), Error> {
        if let Some(invocation) = event.get(INVOCATION_ID) {
            request.headers_mut().insert(INVOCATION_ID, invocation.clone());
        }
        let response = self.client.request(request).await?;
        let status = response.status();
        response.into_body().collect().await?; // read to its end, so that the connection is used again
        if status.is_success() { Ok(()) } else { Err(format!("status {status}").into()) }
    }
}

const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

fn post(uri: String, body: Sent) -> Result<Request<Sent>, Error> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::try_from(uri)?;
    Ok(request)
}

/// What the front is told first, eight zero bytes, and the body. Each is a chunk of its own, because
/// `cargo lambda watch` looks for one of eight zero bytes; they leave together all the same.
fn stream_to(uri: String, response: Response<ResponseBody>) -> Result<Request<Sent>, Error> {
    let (parts, body) = response.into_parts();
    let head = MetadataPrelude {
        status_code: parts.status,
        headers: one_line_each(parts.headers),
        ..MetadataPrelude::default()
    };
    let begin = [serde_json::to_vec(&head)?.into(), Bytes::from_static(&[0; 8])];
    let begin = stream::iter(begin.map(|bytes| Ok(Frame::data(bytes))));
    let body = StreamBody::new(begin.chain(BodyStream::new(body))).boxed_unsync();
    let mut request = post(uri, body)?;
    let headers = request.headers_mut();
    headers.insert("lambda-runtime-function-response-mode", HeaderValue::from_static("streaming"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.awslambda.http-integration-response"),
    );
    Ok(request)
}

fn error_to(uri: String, error: &NoHttpEvent) -> Result<Request<Sent>, Error> {
    let text = json!({"errorType": "NoHttpEvent", "errorMessage": error.to_string()});
    post(uri, Full::from(text.to_string()).boxed_unsync())
}
