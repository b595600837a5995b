//! The log of a call: what is said, under which names, at which level.
//! Names are an interface: users build metrics and alarms on them. Never a token, never `data`.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tracing::{Level, Span, error_span, event};

use super::{invocation::Invocation, metrics::Metrics, token_status::TokenStatus};
use crate::{
    clock::Clock,
    protocol::{HttpsError, envelope::BadRequest},
    token::{AppCheckData, AuthData},
};

/// Whether this process has answered nothing yet.
static COLD: AtomicBool = AtomicBool::new(true);

/// The span of one call: everything that an author logs carries its fields. The ids are named as in Lambda's own
/// lines. Its level is the highest, so that no log level drops it, and it has no parent: a span that a runtime opens
/// around an invocation does not belong to the call.
pub(super) fn span(
    function: &str,
    accepts_streaming: bool,
    invocation: Option<&Invocation>,
) -> Span {
    let cold_start = COLD.swap(false, Ordering::Relaxed);
    let request_id = invocation.and_then(|invocation| invocation.request_id.as_deref());
    let trace_id = invocation.and_then(|invocation| invocation.trace_id.as_deref());
    error_span!(
        parent: None,
        "callable",
        function,
        requestId = request_id,
        xrayTraceId = trace_id,
        cold_start,
        accepts_streaming
    )
}

/// What the tokens came to; `None` for an App Check token that was not looked at, as the ID token
/// had been refused. A warning when one was refused, else detail.
pub(super) fn verification(auth: &TokenStatus<AuthData>, app: Option<&TokenStatus<AppCheckData>>) {
    macro_rules! verification {
        ($level:expr) => {
            event!(
                $level,
                verifications.auth = auth.as_str(),
                verifications.app = app.map(TokenStatus::as_str),
                auth_reason = auth.reason(),
                app_reason = app.and_then(TokenStatus::reason),
                "firebase-log-type" = "callable-request-verification",
                "callable request verification"
            )
        };
    }
    if auth.is_invalid() || app.is_some_and(TokenStatus::is_invalid) {
        verification!(Level::WARN);
    } else {
        verification!(Level::DEBUG);
    }
}

/// Why a request was no callable request.
pub(super) fn bad_request(reason: BadRequest) {
    event!(Level::DEBUG, reason = reason.reason(), "bad request");
}

/// One call, from its start to its log record. Dropped before it is finished, it is recorded as CANCELLED: the
/// host drops a call whose client has gone.
pub(super) struct Call {
    clock: Arc<dyn Clock>,
    started: Duration,
    metrics: Option<Arc<Metrics>>,
    span: Span,
    chunks: Option<u64>,
    is_finished: bool,
}

impl Call {
    /// `started` is the clock's monotonic time at which the request came.
    pub(super) fn begin(
        clock: &Arc<dyn Clock>,
        started: Duration,
        metrics: Option<&Arc<Metrics>>,
        span: Span,
    ) -> Self {
        let clock = Arc::clone(clock);
        Self { clock, started, metrics: metrics.cloned(), span, chunks: None, is_finished: false }
    }

    /// Marks the call as a stream: its record says how many chunks it sent.
    pub(super) fn counting_chunks(mut self) -> Self {
        self.chunks = Some(0);
        self
    }

    pub(super) fn chunk_sent(&mut self) {
        self.chunks = self.chunks.map(|chunks| chunks + 1);
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The one record of every call.
    pub(super) fn finish(&mut self, outcome: Result<(), &HttpsError>) {
        self.is_finished = true;
        let duration = self.clock.monotonic().saturating_sub(self.started);
        write(outcome, duration, self.chunks);
        if let Some(metrics) = &self.metrics {
            let status = outcome.map_or_else(|error| error.code().canonical(), |()| "OK");
            metrics.write(status, duration, self.clock.wall());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_finished {
            let span = self.span.clone();
            let _entered = span.enter();
            self.finish(Err(&HttpsError::cancelled("the caller is gone")));
        }
    }
}

fn write(outcome: Result<(), &HttpsError>, duration: Duration, chunks: Option<u64>) {
    macro_rules! finished {
        ($level:expr, $status:expr, $http_status:expr, $error:expr) => {
            event!(
                $level,
                status = $status,
                http_status = $http_status,
                duration_ms = duration.as_secs_f64() * 1e3,
                chunks,
                error = $error,
                "callable finished"
            )
        };
    }
    let Err(error) = outcome else {
        finished!(Level::INFO, "OK", 200, None::<String>);
        return;
    };
    let status = error.code().canonical();
    let http_status = error.code().http_status().as_u16();
    let cause = error.source().map(|source| Chain(source).to_string());
    if http_status >= 500 {
        finished!(Level::ERROR, status, http_status, cause);
        return;
    }
    // The record of a refused call keeps its usual level. The cause that the author attached for the log gets a line
    // of its own.
    if let Some(error) = cause {
        event!(Level::WARN, status, error, "cause of a refusal");
    }
    match http_status {
        401 | 403 | 429 => finished!(Level::WARN, status, http_status, None::<String>),
        _ => finished!(Level::INFO, status, http_status, None::<String>),
    }
}

/// An error and everything that caused it, in one line.
struct Chain<'e>(&'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
