//! The gateway of a local run: forwards each request to the function that the last part of its path names. Its own
//! failures have the form that the Firebase SDKs read.

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, Uri, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use super::answer::{Asked, Refusal};
use super::client::{self, Error};
use super::instance::Call;
use super::project::Project;
use crate::failure::{Failure, Outcome};
use crate::function::Kind;

/// The body of any answer.
pub(super) type AnyBody = UnsyncBoxBody<Bytes, Error>;

/// Lambda's longest call.
const LONGEST_CALL: Duration = Duration::from_secs(900);
/// Pause after a failed accept, to avoid a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Of one connection only, and written anew on the other one.
const HOP_BY_HOP: [HeaderName; 5] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::TE, header::UPGRADE, header::EXPECT];

/// Serves the functions of `project` until the program ends.
pub(super) fn serve(listener: TcpListener, project: Arc<Project>) -> Outcome<()> {
    serve_with(listener, move |request| {
        let project = Arc::clone(&project);
        async move { answer(&project, request).await }
    })
}

/// Serves HTTP/1.1 with `answer`. When a client disconnects, the future of its answer is dropped.
pub(super) fn serve_with<F, A>(listener: TcpListener, answer: F) -> Outcome<()>
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Response<AnyBody>> + Send + 'static,
{
    let listener = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::TcpListener::from_std(listener))
        .map_err(|error| Failure::new(format!("The local run cannot listen: {error}")))?;
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(stream), service).await; // the client's affair
            });
        }
    });
    Ok(())
}

async fn answer(project: &Project, request: Request<Incoming>) -> Response<AnyBody> {
    let until = Instant::now() + LONGEST_CALL;
    let asked = Asked::new(request.method(), request.headers());
    let (name, path) = route(request.uri());
    let (call, kind) = match project.call(name).await {
        Ok(found) => found,
        Err(refusal) => return refusal.answer(&asked),
    };
    let port = call.port();
    forward(port, path, request, Forward { asked, until, kind, call: Some(call) }).await
}

/// The name that a request is for, and the path that the function sees: as it is in the two forms that a deployment
/// has, `/{name}` and `/{project}/{region}/{name}`; without the stage of `/{stage}/{name}`.
fn route(uri: &Uri) -> (&str, String) {
    let path = uri.path();
    let parts: Vec<_> = path.split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    let known = match parts.as_slice() {
        ["", _] => true,
        ["", project, region, _] => !project.is_empty() && !region.is_empty(),
        _ => false,
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    (name, if known { format!("{path}{query}") } else { format!("/{name}{query}") })
}

/// What one call is forwarded with.
struct Forward {
    asked: Asked,
    until: Instant,
    kind: Kind,
    call: Option<Call>,
}

async fn forward<B>(
    port: u16,
    path: String,
    request: Request<B>,
    with: Forward,
) -> Response<AnyBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    let Forward { asked, until, kind, call } = with;
    let (mut head, body) = request.into_parts();
    head.uri = path.parse().unwrap_or_default();
    let length = head.headers.get(header::CONTENT_LENGTH).cloned();
    remove_hop_by_hop(&mut head.headers);
    if let Some(length) = length {
        head.headers.insert(header::CONTENT_LENGTH, length);
    }
    let sent = client::send(port, Request::from_parts(head, body));
    let (mut head, body) = match timeout_at(until, sent).await {
        Err(_) => return Refusal::Late.answer(&asked),
        Ok(Err(_)) => return Refusal::Internal.answer(&asked),
        Ok(Ok(answer)) => answer.into_parts(),
    };
    let readable = head.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if kind == Kind::Callable && head.status.is_server_error() && !readable {
        return Refusal::Internal.answer(&asked);
    }
    remove_hop_by_hop(&mut head.headers);
    let events = head
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/event-stream")));
    let late = Box::pin(sleep_until(until));
    Response::from_parts(
        head,
        Forwarded { body: Some(body), late, events, _call: call }.boxed_unsync(),
    )
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

/// The body of a function's answer. A stream of events that breaks or takes too long ends with an event that says so.
struct Forwarded {
    body: Option<Incoming>,
    late: Pin<Box<Sleep>>,
    events: bool,
    _call: Option<Call>,
}

impl Body for Forwarded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let refusal = match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => return Poll::Ready(Some(Ok(frame))),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(_))) => Refusal::Internal,
            Poll::Pending => {
                ready!(self.late.as_mut().poll(context));
                Refusal::Late
            }
        };
        self.body = None;
        Poll::Ready(Some(if self.events {
            Ok(Frame::data(refusal.event()))
        } else {
            Err("the function's answer broke off".into())
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
