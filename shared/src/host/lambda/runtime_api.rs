//! Sends answers to Lambda's Runtime API, on connections that are reused.
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::{
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, Either, Full, StreamBody, combinators::UnsyncBoxBody};
use lambda_runtime::{Error, MetadataPrelude};
use serde_json::json;

use super::{
    connection::{Connection, Exchange, Unsent},
    headers::one_line_each,
};
use crate::callable::ResponseBody;

/// The reply to an invocation.
pub(super) enum Reply {
    /// The whole answer, in the form of its front.
    Whole(Bytes),
    /// An answer that is sent chunk by chunk, for a front that streams.
    Stream(Response<ResponseBody>),
    /// The invocation failed: the type of the error, and its message.
    Failure(&'static str, String),
}

/// The part of the Runtime API that accepts answers. Clones share the connections. There is one for each answer that is
/// being sent.
#[derive(Clone)]
pub(super) struct RuntimeApi(Arc<Shared>);

struct Shared {
    /// `host:port`
    address: String,
    host: HeaderValue,
    path: String,
    idle: Mutex<Vec<Connection<Sent>>>,
}

pub(super) type Sent = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

const HTTP: u16 = 80;
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";
const STREAMING: [(&str, &str); 2] = [
    ("lambda-runtime-function-response-mode", "streaming"),
    ("content-type", "application/vnd.awslambda.http-integration-response"),
];

impl RuntimeApi {
    /// `api` is the value of `AWS_LAMBDA_RUNTIME_API`: `host:port`, or a URL, which some simulators set.
    ///
    /// # Errors
    /// `api` is neither `host:port` nor a URL.
    pub(super) fn new(api: &str) -> Result<Self, Error> {
        let uri: Uri = api.trim_end_matches('/').parse()?;
        let authority = uri.authority().ok_or("it is neither host:port nor a URL")?;
        Ok(Self(Arc::new(Shared {
            address: format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(HTTP)),
            host: HeaderValue::from_str(authority.as_str())?,
            path: format!("{}/2018-06-01/runtime", uri.path().trim_end_matches('/')),
            idle: Mutex::default(),
        })))
    }

    /// Reports that the function cannot start, and why: the type of the error, and its sentence. Resolves when the
    /// Runtime API has accepted the report.
    ///
    /// # Errors
    /// The Runtime API cannot be reached, or refuses the report.
    pub(super) async fn cannot_start(
        &self,
        kind: &'static str,
        problem: &str,
    ) -> Result<(), Error> {
        let request = self.error(format_args!("init/error"), kind, kind, problem)?;
        accepted(self.exchange(request).await?.status)
    }

    /// Sends the reply to an invocation, and resolves when the Runtime API has accepted the whole reply. `id` is the
    /// request id, `event` are the headers that the event came with.
    ///
    /// # Errors
    /// The Runtime API cannot be reached, or refuses the reply. The invocation is over either way.
    pub(super) async fn send(
        &self,
        id: &str,
        event: &HeaderMap,
        reply: Reply,
    ) -> Result<(), Error> {
        let request = self.request(id, event, reply)?;
        let Exchange { status, connection } = self.exchange(request).await?;
        self.idle().extend(connection);
        accepted(status)
    }

    /// The request that carries the reply to an invocation.
    pub(super) fn request(
        &self,
        id: &str,
        event: &HeaderMap,
        reply: Reply,
    ) -> Result<Request<Sent>, Error> {
        let mut request = match reply {
            Reply::Whole(json) => {
                self.post(format_args!("invocation/{id}/response"), Either::Left(Full::new(json)))?
            }
            Reply::Stream(response) => self.stream(id, response)?,
            Reply::Failure(kind, message) => {
                self.error(format_args!("invocation/{id}/error"), "unhandled", kind, &message)?
            }
        };
        if let Some(invocation) = event.get(INVOCATION_ID) {
            request.headers_mut().insert(INVOCATION_ID, invocation.clone());
        }
        Ok(request)
    }

    /// Sends `request` on an idle connection that is still open, or else on a new one.
    async fn exchange(&self, mut request: Request<Sent>) -> Result<Exchange<Sent>, Error> {
        let idle = self.idle().pop();
        if let Some(mut connection) = idle
            && connection.is_open().await
        {
            match connection.exchange(request).await {
                Ok(exchange) => return Ok(exchange),
                Err(Unsent::Request(unsent)) => request = *unsent,
                Err(Unsent::Broken(error)) => return Err(error),
            }
        }
        Connection::open(&self.0.address).await?.exchange(request).await.map_err(|unsent| {
            match unsent {
                Unsent::Request(_) => "the connection was closed at once".into(),
                Unsent::Broken(error) => error,
            }
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection<Sent>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `end` is the path below `…/runtime`.
    fn post(&self, end: fmt::Arguments<'_>, body: Sent) -> Result<Request<Sent>, Error> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(format!("{}/{end}", self.0.path))?;
        request.headers_mut().insert(header::HOST, self.0.host.clone());
        Ok(request)
    }

    /// The request that streams an answer: status and headers as JSON, eight zero bytes, and the body. The zero bytes
    /// are a chunk of their own, because `cargo lambda watch` looks for such a chunk. hyper still writes the first
    /// chunks in one system call.
    fn stream(&self, id: &str, response: Response<ResponseBody>) -> Result<Request<Sent>, Error> {
        let (parts, body) = response.into_parts();
        let head = MetadataPrelude {
            status_code: parts.status,
            headers: one_line_each(parts.headers),
            ..MetadataPrelude::default()
        };
        let begin = [serde_json::to_vec(&head)?.into(), Bytes::from_static(&[0; 8])];
        let begin = stream::iter(begin.map(|bytes| Ok(Frame::data(bytes))));
        let body = StreamBody::new(begin.chain(BodyStream::new(body))).boxed_unsync();
        let mut request =
            self.post(format_args!("invocation/{id}/response"), Either::Right(body))?;
        for (name, value) in STREAMING {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(request)
    }

    fn error(
        &self,
        end: fmt::Arguments<'_>,
        header: &'static str,
        kind: &str,
        message: &str,
    ) -> Result<Request<Sent>, Error> {
        let text = json!({"errorType": kind, "errorMessage": message}).to_string();
        let mut request = self.post(end, Either::Left(text.into()))?;
        let header = HeaderValue::from_static(header);
        request.headers_mut().insert("lambda-runtime-function-error-type", header);
        Ok(request)
    }
}

fn accepted(status: StatusCode) -> Result<(), Error> {
    if status.is_success() { Ok(()) } else { Err(format!("status {status}").into()) }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::mpsc,
    };

    use super::*;

    /// A Runtime API that answers every request with `answer`. The receiver gets each request with the number of its
    /// connection.
    async fn answering(
        answer: &'static str,
    ) -> (RuntimeApi, mpsc::UnboundedReceiver<(usize, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = RuntimeApi::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for connection in 1.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while stream.read_buf(&mut request).await.unwrap() > 0 {
                    if request.ends_with(b"{}") || request.ends_with(b"0\r\n\r\n") {
                        let text = String::from_utf8(std::mem::take(&mut request)).unwrap();
                        sender.send((connection, text)).unwrap();
                        stream.write_all(answer.as_bytes()).await.unwrap();
                        if answer.contains("close") {
                            break;
                        }
                    }
                }
            }
        });
        (api, requests)
    }

    async fn send(api: &RuntimeApi) -> Result<(), Error> {
        let mut event = HeaderMap::new();
        event.insert(INVOCATION_ID, HeaderValue::from_static("once"));
        api.send("r-1", &event, Reply::Whole(Bytes::from_static(b"{}"))).await
    }

    #[tokio::test]
    async fn answers_go_out_one_after_the_other_on_one_connection() {
        let (api, mut requests) = answering("HTTP/1.1 202 A\r\ncontent-length: 2\r\n\r\n{}").await;
        for _ in 0..3 {
            send(&api).await.unwrap();
            let (connection, request) = requests.recv().await.unwrap();
            assert_eq!(connection, 1);
            let line = "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\n";
            assert!(request.starts_with(line), "{request}");
            assert!(request.contains("lambda-runtime-invocation-id: once\r\n"), "{request}");
        }
        let stream = Response::new(ResponseBody::from(Bytes::from_static(b"data: 1\n\n")));
        api.send("r-2", &HeaderMap::new(), Reply::Stream(stream)).await.unwrap();
        let (connection, request) = requests.recv().await.unwrap();
        assert!(connection == 1 && request.contains("\r\n{\"statusCode\":200"), "{request}");
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_meanwhile_is_replaced() {
        let closing = "HTTP/1.1 202 A\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let (api, mut requests) = answering(closing).await;
        for number in 1..4 {
            send(&api).await.unwrap();
            assert_eq!(requests.recv().await.unwrap().0, number);
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_refused_is_an_error_and_the_connection_stays() {
        let (api, mut requests) = answering("HTTP/1.1 410 G\r\ncontent-length: 0\r\n\r\n").await;
        for _ in 0..2 {
            assert!(send(&api).await.unwrap_err().to_string().contains("410"));
            assert_eq!(requests.recv().await.unwrap().0, 1);
        }
    }

    #[test]
    fn an_address_is_a_host_and_port_or_a_url() {
        for (api, address, path) in [
            ("127.0.0.1:9001", "127.0.0.1:9001", "/2018-06-01/runtime"),
            ("http://[::1]:9000/a/", "[::1]:9000", "/a/2018-06-01/runtime"),
            ("localhost", "localhost:80", "/2018-06-01/runtime"),
        ] {
            let RuntimeApi(shared) = RuntimeApi::new(api).unwrap();
            assert_eq!((shared.address.as_str(), shared.path.as_str()), (address, path), "{api}");
        }
        for api in ["", "/a", "a b"] {
            assert!(RuntimeApi::new(api).is_err(), "{api}");
        }
    }
}
