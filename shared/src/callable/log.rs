//! The log of a call. Every call writes one record, `callable finished`; a call whose tokens were checked also writes
//! `callable request verification`.
//!
//! A handler logs with `tracing` or with the crate `log`. Each of its lines has the fields of the call's span: `function`,
//! `requestId`, `xrayTraceId`, `cold_start`, `accepts_streaming`, and `id_token_keys` and `app_check_keys`, which say
//! whether the key of a verified token is from the `issuer`, the `mirror` or `baked` into the package; a task that it spawns is part of the span only with
//! `tracing::Instrument`, as in `tokio::spawn(work.in_current_span())`. A line must not log tokens, secrets, claims or `data`; `raw_request`
//! and `headers()` contain the tokens. `Debug` of `CallableRequest`, `AuthData`, `AppCheckData` and `Redacted` shows
//! none of these. The events in this file follow the same rule.
//!
//! The names of events, fields and statuses never change: users build metrics and alarms on them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tracing::{Level, Span, error_span, event, field::Empty};

use super::{invocation::Invocation, metrics::Metrics, rejection::Verification};
use crate::{
    clock::Clock,
    keys::KeyOrigin,
    protocol::{HttpsError, envelope::BadRequest},
    token::{AppCheckData, AuthData},
};

/// Whether the next call is the first of this process.
static COLD: AtomicBool = AtomicBool::new(true);

/// Writes the one record of a call, `callable finished`. If it is dropped before [`finish`](Self::finish), it records
/// CANCELLED: the host drops a call when its client disconnects.
pub(super) struct CallRecord {
    clock: Arc<dyn Clock>,
    started: Duration,
    metrics: Option<Arc<Metrics>>,
    span: Span,
    /// How many chunks a stream has sent; `None` for any other call.
    chunks: Option<u64>,
    is_finished: bool,
}

impl CallRecord {
    /// `started` is the clock's monotonic time at which the request arrived.
    pub(super) fn begin(
        clock: &Arc<dyn Clock>,
        started: Duration,
        function: &str,
        metrics: Option<&Arc<Metrics>>,
        accepts_streaming: bool,
        invocation: Option<&Invocation>,
    ) -> Self {
        Self {
            clock: Arc::clone(clock),
            started,
            metrics: metrics.cloned(),
            span: span(function, accepts_streaming, invocation),
            chunks: accepts_streaming.then_some(0),
            is_finished: false,
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn chunk_sent(&mut self) {
        self.chunks = self.chunks.map(|chunks| chunks + 1);
    }

    pub(super) fn finish(&mut self, error: Option<&HttpsError>) {
        self.is_finished = true;
        let duration = self.clock.monotonic().saturating_sub(self.started);
        let status = error.map_or("OK", |error| error.code().canonical());
        write(status, error, duration, self.chunks);
        if let Some(metrics) = &self.metrics {
            metrics.write(status, duration, self.clock.wall());
        }
    }
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        if !self.is_finished {
            let span = self.span.clone();
            let _entered = span.enter();
            self.finish(Some(&HttpsError::cancelled("the client disconnected")));
        }
    }
}

fn write(status: &str, error: Option<&HttpsError>, duration: Duration, chunks: Option<u64>) {
    let http_status = error.map_or(200, |error| error.code().http_status().as_u16());
    let mut cause = error.and_then(HttpsError::causes);
    // Below 500, the cause is a separate event at WARN: the record keeps the level of its status, which may be INFO.
    if http_status < 500
        && let Some(error) = cause.take()
    {
        event!(Level::WARN, status, error, "cause of a refusal");
    }
    macro_rules! finished {
        ($level:expr) => {
            event!(
                $level,
                status,
                http_status,
                duration_ms = duration.as_secs_f64() * 1e3,
                chunks,
                error = cause,
                "callable finished"
            )
        };
    }
    match http_status {
        500.. => finished!(Level::ERROR),
        401 | 403 | 429 => finished!(Level::WARN),
        _ => finished!(Level::INFO),
    }
}

/// The span of one call, whose fields appear on every event that the handler logs. The ids are named as in Lambda's own
/// log lines. The span has the level ERROR, so that no log level drops it. It has no parent: the span of a runtime's
/// invocation is not part of the call.
fn span(function: &str, accepts_streaming: bool, invocation: Option<&Invocation>) -> Span {
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
        accepts_streaming,
        id_token_keys = Empty,
        app_check_keys = Empty
    )
}

/// The field of the span that says where the key comes from that the ID token was verified with.
pub(super) const ID_TOKEN_KEYS: &str = "id_token_keys";
/// The same for the App Check token.
pub(super) const APP_CHECK_KEYS: &str = "app_check_keys";

/// Notes where the key of a verified token comes from.
pub(super) fn keys(field: &'static str, origin: Option<KeyOrigin>) {
    if let Some(origin) = origin {
        Span::current().record(field, origin.name());
    }
}

/// Logs the result of checking both tokens: at WARN if one is INVALID, otherwise at DEBUG. `app` is `None` if the App
/// Check token was not checked, because the ID token is INVALID.
pub(super) fn verification(
    auth: &Verification<AuthData>,
    app: Option<&Verification<AppCheckData>>,
) {
    macro_rules! verification {
        ($level:expr) => {
            event!(
                $level,
                verifications.auth = token_status(auth),
                verifications.app = app.map(token_status),
                auth_reason = reason(auth),
                app_reason = app.and_then(reason),
                "firebase-log-type" = "callable-request-verification",
                "callable request verification"
            )
        };
    }
    if auth.is_err() || app.is_some_and(Result::is_err) {
        verification!(Level::WARN);
    } else {
        verification!(Level::DEBUG);
    }
}

fn token_status<T>(verification: &Verification<T>) -> &'static str {
    match verification {
        Ok(None) => "MISSING",
        Ok(Some(_)) => "VALID",
        Err(_) => "INVALID",
    }
}

fn reason<T>(verification: &Verification<T>) -> Option<&'static str> {
    verification.as_ref().err().map(|rejection| rejection.reason())
}

/// Logs why a request is not a callable request.
pub(super) fn bad_request(reason: BadRequest) {
    event!(Level::DEBUG, reason = reason.reason(), "bad request");
}
