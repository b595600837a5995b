//! Several callables in one process. The last part of a request's path names the callable that answers it; a name that
//! is none of theirs is answered here.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    pin::pin,
    sync::Arc,
};

use http::{Method, Request, Response};
use http_body::Body;
use tracing::Instrument;

use super::{
    answer::AnswerFormat, body::read_body, host_defaults::HostDefaults, invocation::Invocation,
    log::CallRecord, options::DEFAULT_DEADLINE_MARGIN, response_body::ResponseBody,
    running_call::RunningCall, service::CallableService, tower::impl_tower_service,
};
use crate::{
    clock::Clock,
    protocol::{CorsOrigins, HttpsError, cors},
};

/// The longest name. Names of Google's functions have the same limit.
const LONGEST_NAME: usize = 63;

/// Several callables as one tower service. Each call is answered by the callable that the last part of its path names,
/// as in `/addNote`, `/{stage}/addNote` and `/{project}/{region}/addNote`, with the same bytes as by a program of its
/// own. Any other name gets NOT_FOUND, before its tokens are looked at.
///
/// [`Setup::callables`](crate::host::Setup::callables) makes it. Cheap to clone.
#[derive(Clone)]
pub struct Callables(Arc<All>);

impl_tower_service!(Callables);

struct All {
    by_name: BTreeMap<String, CallableService>,
    unknown: Unknown,
}

/// Answers calls of a name that no callable has.
struct Unknown {
    clock: Arc<dyn Clock>,
    cors: CorsOrigins,
    host: HostDefaults,
}

/// Why callables cannot be served under these names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NameProblem {
    None,
    Twice(String),
    Invalid(String),
}

impl fmt::Display for NameProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => out.write_str(
                "list is empty: give it at least one, as in [(\"addNote\", Callable::new(add_note))]",
            ),
            Self::Twice(name) => {
                write!(out, "name {name:?} is there twice: give each callable a name of its own")
            }
            Self::Invalid(name) => write!(
                out,
                "name {name:?} cannot be the last part of a URL: begin with a letter, go on with letters, digits, _ and \
                 -, {LONGEST_NAME} characters at most, as in addNote"
            ),
        }
    }
}

impl Callables {
    /// `host` is for calls of unknown names: its name is that of the process in the log.
    pub(crate) fn new(
        named: Vec<(String, CallableService)>,
        clock: Arc<dyn Clock>,
        mut host: HostDefaults,
    ) -> Result<Self, NameProblem> {
        let mut by_name = BTreeMap::new();
        for (name, service) in named {
            if !is_name(&name) {
                return Err(NameProblem::Invalid(name));
            }
            match by_name.entry(name) {
                Entry::Vacant(place) => place.insert(service),
                Entry::Occupied(taken) => return Err(NameProblem::Twice(taken.key().clone())),
            };
        }
        if by_name.is_empty() {
            return Err(NameProblem::None);
        }
        let cors = host.allowed_origins.take().unwrap_or_default();
        Ok(Self(Arc::new(All { by_name, unknown: Unknown { clock, cors, host } })))
    }

    async fn answer<B: Body>(&self, request: Request<B>) -> Response<ResponseBody> {
        match self.0.by_name.get(last_part(request.uri().path())) {
            Some(callable) => callable.answer(request).await,
            None => self.0.unknown.answer(request).await,
        }
    }
}

impl Unknown {
    /// Reads the body, so that a client that sends a long one gets to see the answer.
    async fn answer<B: Body>(&self, request: Request<B>) -> Response<ResponseBody> {
        let started = self.clock.monotonic();
        let (parts, body) = request.into_parts();
        let cors = self.cors.for_request(&parts.headers);
        let max_age = cors::DEFAULT_MAX_AGE;
        if let Some(preflight) = cors.preflight(&parts.method, &parts.headers, max_age) {
            return preflight.map(|()| ResponseBody::default());
        }
        let format = AnswerFormat::requested_by(&parts.headers);
        let mut head = format.headers();
        cors.apply(&mut head);
        let streams = format == AnswerFormat::EventStream;
        let invocation = parts.extensions.get::<Invocation>();
        let record =
            CallRecord::begin(&self.clock, started, &self.host.name, None, streams, invocation);
        let span = record.span().clone();
        let mut call = RunningCall::new(record, &parts, format, &head, DEFAULT_DEADLINE_MARGIN);
        let work = async {
            let _ = read_body(body, self.host.max_body_bytes).await;
            Err(HttpsError::not_found("Not Found"))
        };
        async {
            let (status, body): (_, ResponseBody) = call.finish(call.run(pin!(work)).await);
            let body = if parts.method == Method::HEAD { ResponseBody::default() } else { body };
            body.into_response(status, head)
        }
        .instrument(span)
        .await
    }
}

/// What stands behind the last slash.
fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// A letter, then letters, digits, `_` and `-`: what a front routes and a client may call.
fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}
