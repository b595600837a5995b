//! The log record of a call, whatever its outcome, and the other log lines of a call.

use std::{
    fmt::{self, Write as _},
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::{Arc, LazyLock, Mutex},
    task::Poll,
};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tower_service::Service;
use tracing::{Dispatch, Event, Subscriber, field::Field, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan};

use super::{sources::source, *};
use crate::{
    callable::{CallableService, HttpFunction, SignIn},
    testing::{FixedClock, NOW, authenticator},
};

/// Collects each event as a line: level, spans, fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn start() -> (Self, DefaultGuard) {
        // With a single subscriber, the first thread that reaches an event decides for all threads whether it is
        // enabled: tracing caches the answer. That thread may belong to another test, which has no subscriber. With two
        // subscribers, tracing asks both.
        static SECOND: LazyLock<Dispatch> =
            LazyLock::new(|| Dispatch::new(tracing_subscriber::registry().with(Log::default())));
        LazyLock::force(&SECOND);
        let log = Self::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Empties the log, and returns the lines with this text.
    fn take(&self, text: &str) -> Vec<String> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        lines.into_iter().filter(|line| line.contains(text)).collect()
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, context: tracing_subscriber::layer::Context<'_, S>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                write!(self.0, " {field}={value:?}").unwrap();
            }
        }
        let spans = context.event_scope(event).into_iter().flatten().map(|span| span.name());
        let spans: Vec<_> = spans.collect();
        let mut fields = Fields(format!("{} {}", event.metadata().level(), spans.join("/")));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

fn request<B>(accept: &str, body: B) -> http::Request<B> {
    let request = http::Request::post("/").header("content-type", "application/json");
    request.header("accept", accept).body(body).unwrap()
}

fn null() -> Full<Bytes> {
    Full::new(Bytes::from_static(br#"{"data":null}"#))
}

fn waits() -> CallableService {
    let callable = Callable::new(|_: CallableRequest<Value>| pending::<Result<(), HttpsError>>());
    callable.into_service(authenticator())
}

/// Whether `future` is pending at its next poll.
async fn waits_on(future: impl Future) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn a_call_whose_client_disconnects_is_recorded_as_cancelled() {
    let (log, _guard) = Log::start();
    let cancelled = |log: &Log, chunks: &str| {
        let records = log.take("callable finished");
        let [record] = &records[..] else { panic!("one record: {records:?}") };
        assert!(record.starts_with("INFO callable ") && record.contains("CANCELLED"), "{record}");
        assert!(record.contains("http_status=499"), "{record}");
        assert_eq!(record.contains("chunks="), !chunks.is_empty(), "{record}");
        assert!(record.contains(chunks), "{record}");
    };

    let mut call = waits().call(request("*/*", null()));
    assert!(waits_on(&mut call).await);
    assert_eq!(log.take("callable finished").len(), 0, "it is still running");
    drop(call);
    cancelled(&log, "");

    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let mut function = HttpFunction::new("hook", clock, |_| pending());
    let mut call = function.call(request("*/*", null()));
    assert!(waits_on(&mut call).await);
    drop(call);
    cancelled(&log, "");

    // While the body of the request arrives.
    type Never = futures_util::stream::Pending<Result<Frame<Bytes>, std::io::Error>>;
    let never = || -> StreamBody<Never> { StreamBody::new(futures_util::stream::pending()) };
    for (accept, chunks) in [("*/*", ""), ("text/event-stream", "chunks=0")] {
        let mut call = waits().call(request(accept, never()));
        assert!(waits_on(&mut call).await);
        drop(call);
        cancelled(&log, chunks);
    }

    // A stream, before the first read and during it.
    for reads in [false, true] {
        let Ok(response) = waits().call(request("text/event-stream", null())).await;
        let mut body = response.into_body();
        if reads {
            assert!(waits_on(body.frame()).await);
        }
        drop(body);
        cancelled(&log, "chunks=0");
    }
}

#[tokio::test]
async fn an_answered_call_has_exactly_one_record() {
    let (log, _guard) = Log::start();
    for (callable, status) in [(echo(), "OK"), (fails(|| HttpsError::aborted("")), "ABORTED")] {
        let service = callable.into_service(authenticator());
        for call in [Call::with(1), Call::with(1).streaming(), Call::with(1).bearer("x")] {
            call.to_service(&service).await;
            let records = log.take("callable finished");
            let [record] = &records[..] else { panic!("one record: {records:?}") };
            assert!(record.contains(status) || record.contains("UNAUTHENTICATED"), "{record}");
        }
        Call::with(1).method("OPTIONS").to_service(&service).await;
        assert_eq!(log.take("").len(), 0, "a preflight is not a call");
    }
}

#[tokio::test]
async fn the_cause_of_a_refusal_is_logged_as_a_warning_of_its_own() {
    let (log, _guard) = Log::start();
    let cause = || "x".parse::<u8>().unwrap_err();
    let refusals: [(HttpsError, &str); 4] = [
        (HttpsError::not_found("nf").with_source(cause()), "INFO"),
        (HttpsError::invalid_argument("ia").with_source(cause()), "INFO"),
        (HttpsError::permission_denied("pd").with_source(cause()), "WARN"),
        (HttpsError::not_found("nf"), "INFO"),
    ];
    for (error, level) in refusals {
        let (status, has_cause) = (error.code().canonical(), error.source().is_some());
        let error = Mutex::new(Some(error));
        let callable = Callable::new(move |_: CallableRequest<Value>| {
            std::future::ready(Err::<(), _>(error.lock().unwrap().take().unwrap()))
        });
        let answer = Call::with(1).to(callable).await;
        assert!(!answer.text().contains("invalid digit"), "{}", answer.text());
        let lines = log.take("");
        let about = |text: &str| {
            let found: Vec<_> = lines.iter().filter(|line| line.contains(text)).collect();
            found
        };
        let causes = about("invalid digit");
        assert_eq!(causes.len(), usize::from(has_cause), "{lines:?}");
        for cause in causes {
            assert!(cause.starts_with("WARN callable ") && cause.contains(status), "{cause}");
            assert!(!cause.contains("callable finished"), "{cause}");
        }
        let records = about("callable finished");
        assert!(records.len() == 1 && records[0].starts_with(level), "{lines:?}");
    }
}

#[tokio::test]
async fn the_record_of_an_error_that_cannot_be_sent_has_the_reason_and_the_cause() {
    let (log, _guard) = Log::start();
    let callable = fails(|| {
        let cause = "x".parse::<u8>().unwrap_err();
        HttpsError::not_found("nf").with_details(json!([{ "@type": "x" }])).with_source(cause)
    });
    Call::with(1).to(callable).await;
    let records = log.take("callable finished");
    let [record] = &records[..] else { panic!("one record: {records:?}") };
    for part in ["ERROR", "INTERNAL", "NOT_FOUND", "error.details[0].@type", "invalid digit"] {
        assert!(record.contains(part), "{part}: {record}");
    }
}

#[tokio::test]
async fn the_reason_of_a_refused_sign_in_is_in_the_log() {
    let (log, _guard) = Log::start();
    let call = || Call::with(1).signed_in("ada");
    for (answer, reason) in [
        (Ok(SignIn::Revoked), "revoked"),
        (Ok(SignIn::UserDisabled), "disabled"),
        (Ok(SignIn::UserNotFound), "user_not_found"),
        (Err("is down"), "revocation_unknown"),
    ] {
        call().to(echo().check_revoked(source(answer))).await;
        let lines = log.take("callable request verification");
        let [line] = &lines[..] else { panic!("one line: {lines:?}") };
        assert!(line.starts_with("WARN") && line.contains(reason), "{line}");
    }
    for (callable, sentence) in [
        (echo().check_revoked(source(Err("is down"))), "revocation cannot be checked"),
        (
            echo().check_revoked_unless_unavailable(source(Err("is down"))),
            "revocation cannot be checked, the call goes on",
        ),
    ] {
        call().to(callable).await;
        let lines = log.take("revocation");
        assert!(lines[0].starts_with("WARN") && lines[0].contains("error=is down"), "{lines:?}");
        assert!(lines[0].contains(&format!("message={sentence} ")), "{lines:?}");
    }
}
