//! Streams to Lambda's Runtime API on a connection of our own, which sends each chunk at once. lambda_runtime's
//! holds the second small write back until the first is acknowledged: 40 ms until the first chunk.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Either, Full};
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
};
use crate::callable::{Invocation, ResponseBody};

/// What the Runtime API is sent: a stream, or an error.
type Sent = Either<Begun, Full<Bytes>>;

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
            let id = invocation.context.request_id.clone();
            let deadline = invocation.context.deadline();
            let (end, body) = match request(&invocation.body) {
                Ok(mut request) => {
                    let invocation =
                        Invocation::new(Some(id.clone()), Some(deadline), SystemTime::now());
                    request.extensions_mut().insert(invocation);
                    let Ok(response) = this.service.call(request).await;
                    ("response", Either::Left(Begun::new(response)?))
                }
                Err(error) => {
                    let text =
                        json!({"errorType": "NoHttpEvent", "errorMessage": error.to_string()});
                    ("error", Either::Right(Full::from(text.to_string())))
                }
            };
            let sent =
                this.send(format!("{}/{id}/{end}", this.api), &invocation.parts.headers, body);
            if let Err(error) = sent.await {
                // The caller has gone, or the platform has given up: the next event is another's.
                tracing::warn!(%error, "the Runtime API did not take a whole answer");
            }
            Ok(())
        })
    }
}

/// What serde_json has to say could repeat a value of the event.
fn request(event: &[u8]) -> Result<Request<RequestBody>, NoHttpEvent> {
    let event: Event = serde_json::from_slice(event).map_err(|_| NoHttpEvent)?;
    let (_, request) = event.into_request()?;
    Ok(request.map(|body| Either::Right(Full::new(body))))
}

impl<S> Streamed<S> {
    async fn send(&self, uri: String, event: &HeaderMap, body: Sent) -> Result<(), Error> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(uri)?;
        let is_stream = matches!(request.body(), Either::Left(_));
        let headers = request.headers_mut();
        if is_stream {
            headers.insert("lambda-runtime-function-response-mode", STREAMING);
            headers.insert(header::CONTENT_TYPE, INTEGRATION);
        }
        if let Some(invocation) = event.get(INVOCATION_ID) {
            headers.insert(INVOCATION_ID, invocation.clone());
        }
        let response = self.client.request(request).await?;
        let status = response.status();
        response.into_body().collect().await?; // read to its end, so that the connection is used again
        if status.is_success() { Ok(()) } else { Err(format!("status {status}").into()) }
    }
}

const INVOCATION_ID: &str = "lambda-runtime-invocation-id";
const STREAMING: HeaderValue = HeaderValue::from_static("streaming");
const INTEGRATION: HeaderValue =
    HeaderValue::from_static("application/vnd.awslambda.http-integration-response");

/// What the front is told first, eight zero bytes, and the body. Each is a chunk of its own, because `cargo lambda
/// watch` looks for one of eight zero bytes; they leave together all the same.
struct Begun {
    head: Option<Bytes>,
    end_of_head: Option<Bytes>,
    body: ResponseBody,
}

impl Begun {
    fn new(response: Response<ResponseBody>) -> Result<Self, Error> {
        let (parts, body) = response.into_parts();
        let head = MetadataPrelude {
            status_code: parts.status,
            headers: super::lambda::one_line_each(parts.headers),
            ..MetadataPrelude::default()
        };
        let head = Some(serde_json::to_vec(&head)?.into());
        Ok(Self { head, end_of_head: Some(Bytes::from_static(&[0; 8])), body })
    }
}

impl Body for Begun {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let begin = self.head.take();
        match begin.or_else(|| self.end_of_head.take()) {
            Some(begin) => Poll::Ready(Some(Ok(Frame::data(begin)))),
            None => Pin::new(&mut self.body).poll_frame(context),
        }
    }
}
