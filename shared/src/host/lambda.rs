//! Lambda: events of API Gateway (REST and HTTP API), Function URLs and ALB in, their answers out.
//! The only file that names `lambda_http`, whose types are the answers; lambda_runtime serves them.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use lambda_http::{
    Body, Error, LambdaEvent,
    aws_lambda_events::{
        alb::AlbTargetGroupResponse,
        apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
    },
};
use lambda_runtime::{Runtime, layers::TracingLayer};
use serde::Serialize;
use tower_service::Service;

use super::{
    RequestBody,
    event::{Event, Front, NoHttpEvent},
    lambda_stream::Streamed,
};
use crate::callable::{Invocation, ResponseBody};

/// Serves events until the process ends. Where Lambda asks for concurrency
/// (`AWS_LAMBDA_MAX_CONCURRENCY`), several at once. Answers are streamed to the Runtime API at `stream_to`,
/// or buffered.
pub(super) async fn serve<S>(service: S, stream_to: Option<&str>) -> Result<(), Error>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let runtime = Runtime::new(Events { service: service.clone() });
    // The span around everything: the request id, and the trace's.
    let span = TracingLayer::new;
    match stream_to {
        None => runtime.layer(span()).run_concurrent().await,
        Some(api) => {
            runtime.layer(Streamed::new(service, api)).layer(span()).run_concurrent().await
        }
    }
}

/// Lambda's limit for a buffered answer, 6 MB of JSON in which the body is one string, less what
/// status, headers and braces may take of it.
pub(super) const MAX_BODY_WEIGHT: usize = 6_291_556 - (16 << 10);

/// How long a body is as a JSON string, quotes aside.
pub(super) fn weigh(body: &[u8]) -> usize {
    body.iter().map(|byte| usize::from(WEIGHTS.get(usize::from(*byte)).copied().unwrap_or(1))).sum()
}

/// What each byte takes in a JSON string.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would say so")]
const WEIGHTS: [u8; 256] = {
    let mut weights = [1; 256];
    let mut byte = 0;
    while byte < 0x20 {
        weights[byte] = 6;
        byte += 1;
    }
    let short = *b"\"\\\n\r\t\x08\x0C";
    let mut index = 0;
    while index < short.len() {
        weights[short[index] as usize] = 2;
        index += 1;
    }
    weights
};

/// A service of requests as one of events.
#[derive(Clone)]
struct Events<S> {
    service: S,
}

impl<S> Service<LambdaEvent<Event>> for Events<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Event>) -> Self::Future {
        let (front, request) = match request_of(event.payload, &event.context) {
            Ok(request) => request,
            Err(error) => return Box::pin(async { Err(error.into()) }),
        };
        let answer = self.service.call(request);
        Box::pin(async move {
            let Ok(response) = answer.await;
            Ok(buffered(front, response).await)
        })
    }
}

/// The request in an event, with what only Lambda knows of the call, and the front that it came through.
pub(super) fn request_of(
    event: Event,
    context: &lambda_runtime::Context,
) -> Result<(Front, Request<RequestBody>), NoHttpEvent> {
    let (front, request) = event.into_request()?;
    let mut request = request.map(|body| Either::Right(Full::new(body)));
    let id = Some(context.request_id.clone());
    let invocation = Invocation::new(id, Some(context.deadline()), SystemTime::now());
    request.extensions_mut().insert(invocation);
    Ok((front, request))
}

/// The answer to an event, in the form of its front.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Rest(ApiGatewayProxyResponse),
    Http(ApiGatewayV2httpResponse),
    Balancer(AlbTargetGroupResponse),
}

async fn buffered(front: Front, response: Response<ResponseBody>) -> Answer {
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let (body, is_base64_encoded) = text(body.to_bytes());
    let (status, headers) = (parts.status, one_line_each(parts.headers));
    match front {
        Front::Rest => {
            let mut answer = ApiGatewayProxyResponse::default();
            answer.status_code = i64::from(status.as_u16());
            answer.multi_value_headers = headers;
            answer.body = body;
            answer.is_base64_encoded = is_base64_encoded;
            Answer::Rest(answer)
        }
        Front::Http => {
            let mut answer = ApiGatewayV2httpResponse::default();
            answer.status_code = i64::from(status.as_u16());
            answer.headers = headers;
            answer.body = body;
            answer.is_base64_encoded = is_base64_encoded;
            Answer::Http(answer)
        }
        Front::Balancer => {
            let mut answer = AlbTargetGroupResponse::default();
            answer.status_code = i64::from(status.as_u16());
            answer.status_description = Some(description(status));
            // Which of the two a balancer reads is a setting of its target group.
            answer.headers = headers.clone();
            answer.multi_value_headers = headers;
            answer.body = body;
            answer.is_base64_encoded = is_base64_encoded;
            Answer::Balancer(answer)
        }
    }
}

fn description(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// Our bodies are JSON and events: text, and not base64, which would grow them by a third.
fn text(body: Bytes) -> (Option<Body>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match String::from_utf8(body.into()) {
        Ok(text) => (Some(Body::Text(text)), false),
        Err(error) => (Some(Body::Binary(error.into_bytes())), true),
    }
}

/// An HTTP API keeps only the first of several values.
pub(super) fn one_line_each(headers: HeaderMap) -> HeaderMap {
    if headers.len() == headers.keys_len() {
        return headers;
    }
    let mut merged = HeaderMap::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values: Vec<&[u8]> =
            headers.get_all(name).iter().map(|value| value.as_bytes()).collect();
        if let Ok(value) = values.join(&b", "[..]).try_into() {
            let value: http::HeaderValue = value;
            merged.insert(name.clone(), value);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighs_a_body_as_the_json_string_that_it_becomes() {
        let every: String = (0..=0x7F_u8).map(char::from).collect();
        for body in ["", "plain", r#"{"result":"a \\"quoted\\" text"}"#, "é🦀\u{2028}", &every] {
            let string = serde_json::to_string(body).unwrap();
            assert_eq!(weigh(body.as_bytes()), string.len() - 2, "{body:?}");
        }
    }
}
