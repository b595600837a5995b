//! One invocation: its event is parsed, the service answers, and the answer is sent, whole or as a stream.

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
use lambda_runtime::{Error, LambdaInvocation};
use tower_service::Service;
use tracing::{Span, error_span};

use super::{
    answer::whole,
    event::{self, HttpEvent},
    limits::limit,
    runtime_api::{Reply, RuntimeApi},
    settling::Settling,
};
use crate::{
    callable::{Invocation, ResponseBody},
    host::{config::ResponseMode, request_body::RequestBody},
};

/// Serves invocations with an HTTP service. Sends the answers itself, instead of through lambda_runtime.
#[derive(Clone)]
pub(super) struct Invocations<S> {
    pub(super) service: S,
    pub(super) mode: ResponseMode,
    pub(super) api: RuntimeApi,
    pub(super) settling: Settling,
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
            // A callable catches its own panics. This catches those of other code, such as an author's own service, so
            // that the process continues.
            let reply = AssertUnwindSafe(this.reply(event, &context)).catch_unwind().await;
            let reply = reply.unwrap_or_else(|_| {
                this.span(&context)
                    .in_scope(|| tracing::error!("the service panicked outside of a callable"));
                Reply::Failure("Panic", "panicked".to_owned())
            });
            if let Err(error) = this.api.send(&context.request_id, &parts.headers, reply).await {
                // The caller has disconnected, or Lambda has ended the invocation. The process continues, because the
                // next event comes from another caller.
                let say =
                    || tracing::warn!(%error, "the Runtime API did not accept the whole answer");
                this.span(&context).in_scope(say);
            }
            this.settling.wait().await;
            Ok(())
        })
    }
}

impl<S> Invocations<S> {
    /// The span for log lines about an invocation that come from the host and not from a callable. It has the same ids
    /// as a callable's span, and is made only when such a line is written.
    fn span(&self, context: &lambda_runtime::Context) -> Span {
        error_span!(
            parent: None,
            "invocation",
            function = context.env_config.function_name,
            requestId = context.request_id,
            xrayTraceId = context.xray_trace_id,
        )
    }
}

impl<S> Invocations<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
{
    pub(super) async fn reply(&mut self, event: Bytes, context: &lambda_runtime::Context) -> Reply {
        let read = event::read(&event);
        drop(event); // parsed: freed, so that a large event is not held twice
        let HttpEvent { front, request, has_too_many_headers, client_ip } = match read {
            Ok(read) => read,
            Err(error) => {
                self.span(context).in_scope(|| tracing::error!("{error}"));
                return Reply::Failure("NoHttpEvent", error.to_string());
            }
        };
        if has_too_many_headers {
            self.span(context).in_scope(|| tracing::warn!("refused: too many headers"));
        }
        let mut request = request.map(|body| Either::Right(Full::new(body)));
        let deadline = Some(context.deadline());
        let id = Some(context.request_id.clone());
        let mut invocation = Invocation::new(id, deadline, SystemTime::now());
        invocation.trace_id.clone_from(&context.xray_trace_id);
        invocation.client_ip = client_ip;
        invocation.limit = limit(front, self.mode);
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
    async fn a_service_that_panics_is_a_failed_invocation_and_the_process_continues() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = RuntimeApi::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let service = tower::service_fn(|request: Request<RequestBody>| async move {
            assert_ne!(request.uri(), "/secret", "a panic outside of any callable");
            Ok(Response::new(ResponseBody::default()))
        });
        let (mode, settling) = (ResponseMode::Buffered, Settling::of(Vec::new()));
        let mut invocations = Invocations { service, mode, api, settling };
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
