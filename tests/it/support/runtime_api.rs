//! A mock of Lambda's Runtime API: it sends events to a function and collects the replies.
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot, watch},
};

use super::{event::Event, process::Process, soon};

/// The X-Ray trace id of every call.
pub(crate) const TRACE: &str = "Root=1-65f00000-0123456789abcdef01234567;Sampled=0";

/// The deadline header of an invocation.
#[derive(Clone, Copy)]
pub(crate) enum Deadline {
    In(Duration),
    /// Ten minutes after the start of 1970, as cargo-lambda's simulator sends it.
    Absurd,
    Missing,
    Unreadable,
}

pub(crate) struct RuntimeApi {
    address: String,
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<(String, String, Deadline)>,
    next_id: AtomicUsize,
}

struct Shared {
    events: AsyncMutex<mpsc::UnboundedReceiver<(String, String, Deadline)>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Reply>>>,
    /// For replies that a test reads while they arrive.
    reading: Mutex<HashMap<String, mpsc::UnboundedSender<Bytes>>>,
    polls: watch::Sender<usize>,
    init_errors: Mutex<Vec<(String, Value)>>,
}

/// A reply that is read while it arrives.
pub(crate) struct Stream {
    pieces: mpsc::UnboundedReceiver<Bytes>,
    text: String,
}

impl Stream {
    /// Reads until this text has arrived.
    pub(crate) async fn until(&mut self, text: &str) {
        while !self.text.contains(text) {
            let piece = soon(&format!("{text:?} in the stream"), self.pieces.recv()).await;
            self.text.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        }
    }

    /// Waits for the end, and returns the whole text.
    pub(crate) async fn end(mut self) -> String {
        while let Some(piece) = soon("the end of the stream", self.pieces.recv()).await {
            self.text.push_str(&String::from_utf8_lossy(&piece));
        }
        self.text
    }
}

/// The function's reply to an event.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The id of the event.
    pub(crate) id: String,
    pub(crate) failed: bool,
    pub(crate) streaming: bool,
    pub(crate) body: Bytes,
}

/// The HTTP answer in a reply, in the same form for every front.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The id of the event.
    pub(crate) id: String,
    pub(crate) status: u64,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    pub(crate) body: String,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: AsyncMutex::new(receiver),
            waiting: Mutex::default(),
            reading: Mutex::default(),
            polls: watch::Sender::new(0),
            init_errors: Mutex::default(),
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let shared = serving.clone();
                let service = service_fn(move |request| shared.clone().answer(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, shared, events, next_id: AtomicUsize::new(1) }
    }

    /// Starts a function as Lambda does: with these variables and Lambda's own.
    pub(crate) fn function(&self, binary: PathBuf, variables: &[(&str, &str)]) -> Process {
        self.function_under(&[], binary, variables)
    }

    /// Starts the function as the last argument of another program, such as valgrind.
    pub(crate) fn function_under(
        &self,
        watcher: &[&str],
        binary: PathBuf,
        variables: &[(&str, &str)],
    ) -> Process {
        let mut all = vec![
            ("AWS_LAMBDA_RUNTIME_API", self.address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "returnAuthenticatedMessage"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_REGION", "eu-west-1"),
        ];
        all.extend(variables);
        Process::start_under(watcher, binary, &all)
    }

    /// Waits until the function has asked for its first event.
    pub(crate) async fn first_poll(&self) {
        let mut polls = self.shared.polls.subscribe();
        soon("the first poll", polls.wait_for(|polls| *polls > 0)).await.unwrap();
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn polls(&self) -> usize {
        *self.shared.polls.borrow()
    }

    /// The initialization errors that the function posted: the type in the header, and the body.
    pub(crate) fn init_errors(&self) -> Vec<(String, Value)> {
        self.shared.init_errors.lock().unwrap().clone()
    }

    /// Sends an event, and does not wait for a reply.
    pub(crate) fn event(&self, event: &str, deadline: Deadline) {
        self.events.send((self.new_id(), event.to_owned(), deadline)).unwrap();
    }

    fn new_id(&self) -> String {
        format!("request-{}", self.next_id.fetch_add(1, Ordering::SeqCst))
    }

    /// Sends an event and waits for the reply that the function posts.
    pub(crate) async fn reply(&self, event: &str, deadline: Deadline) -> Reply {
        let id = self.new_id();
        let (sender, reply) = oneshot::channel();
        self.shared.waiting.lock().unwrap().insert(id.clone(), sender);
        self.events.send((id, event.to_owned(), deadline)).unwrap();
        soon("a reply of the function", reply).await.unwrap()
    }

    /// Sends an event, and returns the reply as it arrives.
    pub(crate) async fn stream(&self, event: &Event) -> Stream {
        let id = self.new_id();
        let (sender, pieces) = mpsc::unbounded_channel();
        self.shared.reading.lock().unwrap().insert(id.clone(), sender);
        self.events.send((id, event.json(), Deadline::Absurd)).unwrap();
        Stream { pieces, text: String::new() }
    }

    /// Sends an event and returns the HTTP answer; fails if the function posts an error.
    pub(crate) async fn answer(&self, event: &Event) -> Answer {
        self.answer_before(event, Deadline::In(Duration::from_secs(30))).await
    }

    pub(crate) async fn answer_before(&self, event: &Event, deadline: Deadline) -> Answer {
        let reply = self.reply(&event.json(), deadline).await;
        assert!(!reply.failed, "{}", String::from_utf8_lossy(&reply.body));
        reply.into_answer()
    }
}

impl Shared {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let path: Vec<&str> =
            head.uri.path().trim_start_matches("/2018-06-01/runtime/").split('/').collect();
        Ok(match path.as_slice() {
            ["invocation", "next"] => self.next().await,
            ["init", "error"] => {
                let kind = head.headers["lambda-runtime-function-error-type"].to_str().unwrap();
                let body = body.collect().await.unwrap().to_bytes();
                let error = (kind.to_owned(), serde_json::from_slice(&body).unwrap());
                self.init_errors.lock().unwrap().push(error);
                status(StatusCode::ACCEPTED)
            }
            ["invocation", id, kind @ ("response" | "error")] => {
                let streaming = head
                    .headers
                    .get("lambda-runtime-function-response-mode")
                    .is_some_and(|mode| mode == "streaming");
                let reading = self.reading.lock().unwrap().remove(*id);
                let mut body = body;
                if let Some(reading) = reading {
                    while let Some(Ok(frame)) = body.frame().await {
                        let _ = reading.send(frame.into_data().unwrap_or_default());
                    }
                    return Ok(status(StatusCode::ACCEPTED));
                }
                let body = body.collect().await.unwrap().to_bytes();
                let waiting = self.waiting.lock().unwrap().remove(*id);
                let reply =
                    Reply { id: (*id).to_owned(), failed: *kind == "error", streaming, body };
                waiting.unwrap().send(reply).unwrap();
                status(StatusCode::ACCEPTED)
            }
            _ => status(StatusCode::NOT_FOUND),
        })
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.polls.send_modify(|polls| *polls += 1);
        let (id, event, deadline) = self.events.lock().await.recv().await.unwrap();
        let since_1970 = match deadline {
            Deadline::In(time) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time,
            Deadline::Absurd | Deadline::Missing | Deadline::Unreadable => Duration::from_secs(600),
        };
        let mut response = Response::builder().header("lambda-runtime-aws-request-id", id);
        if !matches!(deadline, Deadline::Missing) {
            let unreadable = matches!(deadline, Deadline::Unreadable);
            let text = if unreadable { "soon".into() } else { since_1970.as_millis().to_string() };
            response = response.header("lambda-runtime-deadline-ms", text);
        }
        response
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:f",
            )
            .header("lambda-runtime-trace-id", TRACE)
            .header("content-type", "application/json")
            .body(Full::new(event.into()))
            .unwrap()
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::default()).unwrap()
}

impl Reply {
    /// Reads a buffered proxy response, or a streamed one with its prelude.
    pub(crate) fn into_answer(self) -> Answer {
        if self.streaming {
            let nulls = self.body.windows(8).position(|window| window == [0; 8]).unwrap();
            let prelude: Value = serde_json::from_slice(&self.body[..nulls]).unwrap();
            let body = String::from_utf8(self.body[nulls + 8..].to_vec()).unwrap();
            return Answer::new(self.id, &prelude, body);
        }
        let proxy: Value = serde_json::from_slice(&self.body).unwrap();
        assert_ne!(proxy["isBase64Encoded"], true, "text goes out as text");
        let body = proxy["body"].as_str().unwrap_or_default().to_owned();
        Answer::new(self.id, &proxy, body)
    }
}

impl Answer {
    fn new(id: String, proxy: &Value, body: String) -> Self {
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in proxy["headers"].as_object().into_iter().flatten() {
            headers.insert(name.to_lowercase(), vec![value.as_str().unwrap().to_owned()]);
        }
        for (name, values) in proxy["multiValueHeaders"].as_object().into_iter().flatten() {
            let values = values.as_array().unwrap();
            let values = values.iter().map(|value| value.as_str().unwrap().to_owned());
            headers.insert(name.to_lowercase(), values.collect());
        }
        Self { id, status: proxy["statusCode"].as_u64().unwrap(), headers, body }
    }

    /// The value of this header, which must not be repeated.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.headers.get(name)?;
        assert_eq!(values.len(), 1, "{name}: {values:?}");
        Some(&values[0])
    }
}
