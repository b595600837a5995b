//! Lambda: lambda_runtime asks for events; each is read, answered by the service, and its answer sent, whole or
//! as a stream. Events of API Gateway (REST and HTTP API), Function URLs and load balancers are understood.

use std::{
    convert::Infallible,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{Either, Full};
use lambda_runtime::{
    Error, LambdaEvent, LambdaInvocation, Runtime, service_fn, tower::layer::layer_fn,
};
use serde::de::IgnoredAny;
use tower_service::Service;

use super::{
    RequestBody,
    config::ResponseMode,
    event,
    lambda_answer::{carriage, whole},
    runtime_api::{Reply, RuntimeApi},
};
use crate::callable::{Invocation, ResponseBody};

/// Serves events until the process ends. Where Lambda asks for concurrency
/// (`AWS_LAMBDA_MAX_CONCURRENCY`), several at once. `api` is the value of `AWS_LAMBDA_RUNTIME_API`.
pub(super) async fn serve<S>(service: S, api: &str, mode: ResponseMode) -> Result<(), Error>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let invocations = Invocations { service, mode, api: RuntimeApi::new(api)? };
    // What a runtime does with an invocation by itself: tracks the path to every member of an event, writes an
    // answer with a scan of each byte, and finds its connection busy when the event was large.
    let unused = service_fn(|_: LambdaEvent<IgnoredAny>| async { Ok::<(), Infallible>(()) });
    Runtime::new(unused).layer(layer_fn(|_| invocations.clone())).run_concurrent().await
}

/// A service of requests as one of invocations, whose answers it sends itself.
#[derive(Clone)]
struct Invocations<S> {
    service: S,
    mode: ResponseMode,
    api: RuntimeApi,
}

impl<S> Service<LambdaInvocation> for Invocations<S>
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
            let id = context.request_id.clone();
            // A callable catches its own panics. This is for what is around it: the process lives on.
            let reply = AssertUnwindSafe(this.reply(event, context)).catch_unwind().await;
            let reply = reply.unwrap_or_else(|_| Reply::Failure("Panic", "panicked".to_owned()));
            if let Err(error) = this.api.send(&id, &parts.headers, reply).await {
                // The caller has gone, or the platform has given up: the next event is another's.
                tracing::warn!(%error, requestId = id, "the Runtime API did not take a whole answer");
            }
            Ok(())
        })
    }
}

impl<S> Invocations<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
{
    async fn reply(&mut self, event: Bytes, context: lambda_runtime::Context) -> Reply {
        let read = event::read(&event);
        drop(event); // with what it says read, a large one need not be there twice
        let (front, request) = match read {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(requestId = context.request_id, "{error}");
                return Reply::Failure("NoHttpEvent", error.to_string());
            }
        };
        let mut request = request.map(|body| Either::Right(Full::new(body)));
        let deadline = Some(context.deadline());
        let mut invocation = Invocation::new(Some(context.request_id), deadline, SystemTime::now());
        invocation.trace_id = context.xray_trace_id;
        invocation.carriage = carriage(front, self.mode);
        request.extensions_mut().insert(invocation);

        let Ok(response) = self.service.call(request).await;
        match self.mode {
            ResponseMode::Stream => Reply::Stream(response),
            ResponseMode::Buffered => whole(front, response)
                .await
                .map_or_else(|error| Reply::Failure("Answer", error.to_string()), Reply::Whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn a_service_that_panics_is_a_failed_invocation_and_the_process_lives_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = RuntimeApi::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let service = tower::service_fn(|request: Request<RequestBody>| async move {
            assert_ne!(request.uri(), "/secret", "a panic outside of any callable");
            Ok(Response::new(ResponseBody::default()))
        });
        let mut invocations = Invocations { service, mode: ResponseMode::Buffered, api };
        let answers = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while seen.iter().filter(|byte| **byte == b'}').count() < 3 {
                assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
                let taken = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
                if seen.ends_with(b"}") {
                    stream.write_all(taken).await.unwrap();
                }
            }
            String::from_utf8(seen).unwrap()
        });
        for path in ["/secret", "/"] {
            let event = format!(
                r#"{{"rawPath":"{path}","requestContext":{{"http":{{"method":"POST"}}}}}}"#
            );
            let (parts, ()) = Response::new(()).into_parts();
            let body = event.into();
            let context = lambda_runtime::Context::default();
            invocations.call(LambdaInvocation { parts, body, context }).await.unwrap();
        }
        drop(invocations);
        let seen = answers.await.unwrap();
        let failure = r#"{"errorType":"Panic","errorMessage":"panicked"}"#;
        assert!(seen.contains("/error HTTP/1.1\r\n") && seen.contains(failure), "{seen}");
        assert!(seen.contains("/response HTTP/1.1\r\n") && !seen.contains("secret"), "{seen}");
    }
}
