//! Lambda: events of API Gateway (REST and HTTP API), Function URLs and ALB in, their answers out.
//! The only file that names `lambda_http`.

use std::{
    convert::Infallible,
    task::{Context, Poll},
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header, uri::PathAndQuery};
use http_body_util::{Either, Full};
use lambda_http::{Body, Error, LambdaEvent, RequestExt, StreamAdapter, request::LambdaRequest};
use tower_service::Service;

use super::{RequestBody, config::ResponseMode};
use crate::callable::{Invocation, ResponseBody};

/// Serves events until the process ends. Where Lambda asks for concurrency
/// (`AWS_LAMBDA_MAX_CONCURRENCY`), several at once.
pub(super) async fn serve<S>(service: S, mode: ResponseMode) -> Result<(), Error>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let service = WithInvocation(service);
    match mode {
        ResponseMode::Buffered => {
            lambda_runtime::run_concurrent(Tame(lambda_http::Adapter::from(service))).await
        }
        ResponseMode::Stream => {
            lambda_runtime::run_concurrent(Tame(StreamAdapter::from(service))).await
        }
    }
}

/// Lambda's limit for a buffered answer, 6 MB of JSON in which the body is one string, less what
/// status, headers and braces may take of it.
pub(super) const MAX_BODY_WEIGHT: usize = 6_291_556 - (16 << 10);

/// How long a body is as a JSON string, quotes aside.
pub(super) fn weigh(body: &[u8]) -> usize {
    let escaped = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
        0..0x20 => 6,
        _ => 1,
    };
    body.iter().map(escaped).sum()
}

/// Hands the engine what only Lambda knows of a call.
#[derive(Clone)]
struct WithInvocation<S>(S);

impl<S> Service<Request<Body>> for WithInvocation<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = futures_util::future::MapErr<S::Future, fn(Infallible) -> Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let invocation = request.lambda_context_ref().map(|context| {
            Invocation::new(
                Some(context.request_id.clone()),
                Some(context.deadline()),
                SystemTime::now(),
            )
        });
        if let Some(invocation) = invocation {
            request.extensions_mut().insert(invocation);
        }
        let request = request.map(|body| Either::Right(Full::new(bytes(body))));
        futures_util::TryFutureExt::map_err(self.0.call(request), |never| match never {})
    }
}

/// The body as it is, not copied.
fn bytes(body: Body) -> Bytes {
    match body {
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    }
}

/// Mends what makes lambda_http's conversion of an event panic (a path or host that is no URL, a
/// body that is not the base64 it claims to be) or lose something (a repeated header of a REST
/// event). Fronts send none of the former; whoever may invoke the function directly can.
#[derive(Clone)]
struct Tame<S>(S);

impl<S: Service<LambdaEvent<LambdaRequest>>> Service<LambdaEvent<LambdaRequest>> for Tame<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut event: LambdaEvent<LambdaRequest>) -> S::Future {
        tame(&mut event.payload);
        self.0.call(event)
    }
}

fn tame(event: &mut LambdaRequest) {
    match event {
        LambdaRequest::ApiGatewayV1(event) => {
            tame_path(&mut event.path);
            event.request_context.stage = None;
            event.request_context.domain_name = None;
            tame_headers(&mut event.headers, Some(&mut event.multi_value_headers));
            tame_body(&mut event.body, event.is_base64_encoded);
        }
        LambdaRequest::ApiGatewayV2(event) => {
            tame_path(&mut event.raw_path);
            event.raw_query_string = None;
            event.request_context.stage = None;
            event.request_context.domain_name = None;
            tame_headers(&mut event.headers, None);
            tame_body(&mut event.body, event.is_base64_encoded);
        }
        LambdaRequest::Alb(event) => {
            tame_path(&mut event.path);
            tame_headers(&mut event.headers, Some(&mut event.multi_value_headers));
            tame_body(&mut event.body, event.is_base64_encoded);
        }
        _ => {}
    }
}

/// A callable answers whatever path reaches it, so that an odd one needs no better replacement.
fn tame_path(path: &mut Option<String>) {
    let odd = |path: &str| !path.starts_with('/') || path.parse::<PathAndQuery>().is_err();
    if path.as_deref().is_none_or(odd) {
        *path = Some("/".to_owned());
    }
}

/// Without a host the URL is built from the path alone. Of a header's several values the single
/// form keeps only one; where the event has both forms, the one with all of them counts.
fn tame_headers(single: &mut HeaderMap, multi: Option<&mut HeaderMap>) {
    single.remove(header::HOST);
    if let Some(multi) = multi.filter(|multi| !multi.is_empty()) {
        multi.remove(header::HOST);
        single.clear();
    }
}

/// A body that cannot be decoded is no callable body: empty says the same.
fn tame_body(body: &mut Option<String>, is_base64: bool) {
    if is_base64 && body.as_deref().is_some_and(|text| STANDARD.decode(text).is_err()) {
        *body = None;
    }
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
