//! Guards: when they are asked, what they may decide, and what their tickets are told.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::{
    callable::{Admission, ChunkSender, Guard, GuardedCall, Ticket},
    net::BoxFuture,
};

type Journal = Arc<Mutex<Vec<String>>>;

/// Writes down that it was asked, and what its ticket was told.
#[derive(Debug)]
struct Scripted {
    name: &'static str,
    decides: fn() -> Result<Admission, HttpsError>,
    journal: Journal,
}

impl Guard for Scripted {
    fn admit<'a>(
        &'a self,
        call: &'a GuardedCall<'a>,
    ) -> BoxFuture<'a, Result<Admission, HttpsError>> {
        let caller = call.auth().map_or("nobody", |auth| auth.uid());
        self.journal.lock().unwrap().push(format!("{} asked about {caller}", self.name));
        Box::pin(async {
            Ok(match (self.decides)()? {
                Admission::RunThen(_) => Admission::RunThen(Told::new(self)),
                decision => decision,
            })
        })
    }
}

struct Told(&'static str, Journal);

impl Told {
    fn new(guard: &Scripted) -> Box<Self> {
        Box::new(Self(guard.name, Arc::clone(&guard.journal)))
    }
}

impl Ticket for Told {
    fn settle<'a>(self: Box<Self>, outcome: Result<&'a [u8], &'a HttpsError>) -> BoxFuture<'a, ()>
    where
        Self: 'a,
    {
        let outcome = match outcome {
            Ok(json) => String::from_utf8_lossy(json).into_owned(),
            Err(error) => error.code().to_string(),
        };
        self.1.lock().unwrap().push(format!("{} told {outcome}", self.0));
        Box::pin(async {})
    }
}

/// The callable `echo` behind guards that decide like this; and what happened.
fn behind(guards: &[(&'static str, fn() -> Result<Admission, HttpsError>)]) -> (Callable, Journal) {
    let journal = Journal::default();
    let mut callable = {
        let journal = Arc::clone(&journal);
        Callable::streaming(move |request: CallableRequest<String>, chunks: ChunkSender<str>| {
            let journal = Arc::clone(&journal);
            async move {
                journal.lock().unwrap().push("handler".to_owned());
                chunks.send("chunk").await?;
                match request.data.as_str() {
                    "fail" => Err(HttpsError::not_found("no")),
                    "panic" => panic!("as asked"),
                    _ => Ok(request.data),
                }
            }
        })
    };
    for (name, decides) in guards {
        let journal = Arc::clone(&journal);
        callable = callable.guard(Scripted { name, decides: *decides, journal });
    }
    (callable, journal)
}

fn run() -> Result<Admission, HttpsError> {
    Ok(Admission::Run)
}

fn run_then() -> Result<Admission, HttpsError> {
    /// Replaced by [`Scripted`].
    struct Placeholder;
    impl Ticket for Placeholder {
        fn settle<'a>(self: Box<Self>, _: Result<&'a [u8], &'a HttpsError>) -> BoxFuture<'a, ()>
        where
            Self: 'a,
        {
            Box::pin(async {})
        }
    }
    Ok(Admission::RunThen(Box::new(Placeholder)))
}

fn answer() -> Result<Admission, HttpsError> {
    Ok(Admission::Answer(br#"{"result":"stored"}"#.to_vec()))
}

fn refuse() -> Result<Admission, HttpsError> {
    Err(HttpsError::resource_exhausted("slow down").with_details(json!({"retryAfter": 7})))
}

fn entries(journal: &Journal) -> Vec<String> {
    journal.lock().unwrap().clone()
}

#[tokio::test]
async fn guards_are_asked_in_order_and_told_the_outcome_in_reverse() {
    let (callable, journal) = behind(&[("first", run_then), ("second", run), ("third", run_then)]);
    let answer = Call::with("a").signed_in("ada").to(callable).await;
    assert_eq!(answer.result(), "a");
    let expected = [
        "first asked about ada",
        "second asked about ada",
        "third asked about ada",
        "handler",
        r#"third told {"result":"a"}"#,
        r#"first told {"result":"a"}"#,
    ];
    assert_eq!(entries(&journal), expected);
}

#[tokio::test]
async fn a_handlers_error_is_told_as_it_is() {
    let (callable, journal) = behind(&[("only", run_then)]);
    assert_eq!(Call::with("fail").to(callable).await.error()["status"], "NOT_FOUND");
    assert_eq!(entries(&journal), ["only asked about nobody", "handler", "only told not-found"]);
}

#[tokio::test]
async fn a_refusal_keeps_the_handler_from_running_and_earlier_tickets_are_told() {
    let (callable, journal) = behind(&[("first", run_then), ("second", refuse), ("third", run)]);
    let error = Call::with("a").to(callable).await;
    assert_eq!(error.error()["details"], json!({"retryAfter": 7}));
    assert_eq!(error.status, 429);
    let expected =
        ["first asked about nobody", "second asked about nobody", "first told resource-exhausted"];
    assert_eq!(entries(&journal), expected);
}

#[tokio::test]
async fn an_answer_of_a_guard_is_sent_byte_for_byte_in_place_of_the_handlers() {
    let (callable, journal) = behind(&[("first", answer), ("second", run)]);
    assert_eq!(Call::with("a").to(callable).await.text(), r#"{"result":"stored"}"#);
    assert_eq!(entries(&journal), ["first asked about nobody"]);
}

#[tokio::test]
async fn in_a_stream_a_guard_is_asked_before_the_first_chunk() {
    for (decides, expected) in [
        (run as fn() -> _, "data: {\"message\":\"chunk\"}\n\ndata: {\"result\":\"a\"}\n\n"),
        (answer, "data: {\"result\":\"stored\"}\n\n"),
        (
            refuse,
            "data: {\"error\":{\"details\":{\"retryAfter\":7},\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n",
        ),
    ] {
        let (callable, _) = behind(&[("only", decides)]);
        let answer = Call::with("a").streaming().to(callable).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, expected));
    }
}

#[tokio::test]
async fn a_call_that_would_not_run_is_not_shown_to_any_guard() {
    let (callable, journal) = behind(&[("only", run)]);
    let answer = Call::with(json!({"not": "a text"})).to(callable).await;
    assert_eq!(answer.error()["status"], "INVALID_ARGUMENT");
    let (callable, other) = behind(&[("only", run)]);
    let callable = callable.auth_policy(crate::signed_in());
    assert_eq!(Call::with("a").to(callable).await.error()["status"], "PERMISSION_DENIED");
    assert_eq!((entries(&journal), entries(&other)), (vec![], vec![]));
}

#[tokio::test]
async fn after_a_panic_of_the_handler_no_ticket_is_told_anything() {
    let (callable, journal) = behind(&[("only", run_then)]);
    assert_eq!(Call::with("panic").to(callable).await.text(), INTERNAL);
    assert_eq!(entries(&journal), ["only asked about nobody", "handler"]);
}

#[tokio::test]
async fn a_guard_reads_data_as_a_type_of_its_own() {
    #[derive(Debug, Deserialize)]
    struct Key {
        id: String,
    }
    #[derive(Debug)]
    struct Reads;
    impl Guard for Reads {
        fn admit<'a>(
            &'a self,
            call: &'a GuardedCall<'a>,
        ) -> BoxFuture<'a, Result<Admission, HttpsError>> {
            Box::pin(async {
                let Key { id } = call.data()?;
                Err(HttpsError::aborted(format!("{id} of {}", call.function())))
            })
        }
    }
    let callable = || echo().guard(Reads);
    let answer = Call::with(json!({"id": "7", "more": 1})).to(callable()).await;
    assert_eq!(answer.error()["message"], "7 of ");
    let answer = Call::with(json!({"id": 7})).to(callable()).await;
    assert_eq!(answer.error()["details"]["field"], "data.id");
}
