//! Compares the stream's state machine with a simple model of it, under everything that a runtime and a client may do:
//! a cooperative budget that ends at any point, clients that read slowly or disconnect, deadlines, padding, size limits.

mod model;

use std::{
    future::{Future, pending, poll_fn},
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use tokio::{
    task::coop::{consume_budget, poll_proceed},
    time::{Instant, sleep},
};
use tower_service::Service;

use self::model::{End, Model, Piece, Read, Script, Step};
use super::*;
use crate::{ChunkSender, Invocation, callable::HostLimit, testing::authenticator};

fn handler(script: &Script, alive: &Arc<()>) -> Callable {
    let (steps, end, alive) = (Arc::new(script.steps.clone()), script.end, Arc::clone(alive));
    let callable =
        Callable::streaming(move |_: CallableRequest<Value>, out: ChunkSender<String>| {
            let (steps, alive) = (Arc::clone(&steps), Arc::clone(&alive));
            async move {
                let _alive = alive;
                for step in &*steps {
                    match step {
                        Step::Send(length) => assert!(out.send(&"x".repeat(*length)).await?),
                        Step::Sleep(length) => sleep(Duration::from_millis(*length)).await,
                        Step::Work(much) => {
                            for _ in 0..*much {
                                consume_budget().await;
                            }
                        }
                    }
                }
                match end {
                    End::Result(length) => Ok("y".repeat(length)),
                    End::Error => Err(HttpsError::aborted("m")),
                    End::Panic => panic!("scripted"),
                    End::Never => pending().await,
                }
            }
        });
    callable
        .keep_alive(script.keep_alive.map(Duration::from_millis))
        .deadline_margin(Duration::ZERO)
}

/// Uses up cooperative budget without yielding.
fn use_up(much: usize) -> impl Future<Output = ()> {
    poll_fn(move |context| {
        for _ in 0..much {
            match poll_proceed(context) {
                Poll::Ready(used) => used.made_progress(),
                Poll::Pending => break,
            }
        }
        Poll::Ready(())
    })
}

/// Runs the real stream. Returns the pieces that the client reads, and whether the handler is dropped at the end.
async fn run(script: &Script) -> (Vec<Piece>, bool) {
    let begin = Instant::now();
    let alive = Arc::new(());
    let mut service = handler(script, &alive).into_service(authenticator());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let deadline = script.deadline.map(|left| now + Duration::from_millis(left));
    let mut invocation = Invocation::new(None, deadline, now);
    invocation.limit = HostLimit::Body { max_len: script.most };
    let mut request = http::Request::post("/")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .body(Full::new(Bytes::from_static(br#"{"data":null}"#)))
        .unwrap();
    request.extensions_mut().insert(invocation);
    let Ok(response) = service.call(request).await;
    drop(service);
    let mut body = response.into_body();
    let mut pieces = Vec::new();
    for read in script.reads.iter().cycle() {
        if script.disconnects_after == Some(pieces.len()) {
            break;
        }
        if read.pause > 0 {
            sleep(Duration::from_millis(read.pause)).await;
        }
        use_up(read.work).await;
        let Some(Ok(frame)) = body.frame().await else { break };
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        pieces.push((u64::try_from(begin.elapsed().as_millis()).unwrap(), text));
    }
    drop(body);
    (pieces, Arc::strong_count(&alive) == 1)
}

fn check(script: &Script) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (pieces, is_dropped) = runtime.block_on(run(script));
    prop_assert_eq!(pieces, Model::run(script));
    prop_assert!(is_dropped, "the handler must not outlive its stream");
    Ok(())
}

fn scripts() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        6 => prop_oneof![0..40_usize, 0..3_000_usize].prop_map(Step::Send),
        2 => (1..50_u64).prop_map(Step::Sleep),
        2 => (0..140_usize).prop_map(Step::Work),
    ];
    let end = prop_oneof![
        6 => prop_oneof![0..40_usize, 0..3_000_usize].prop_map(End::Result),
        1 => Just(End::Error),
        1 => Just(End::Panic),
        1 => Just(End::Never),
    ];
    let pause = prop_oneof![3 => Just(0), 1 => 1..60_u64];
    let read = (pause, prop_oneof![Just(0), 0..130_usize, 110..130_usize])
        .prop_map(|(pause, work)| Read { pause, work });
    let optional = |range: std::ops::Range<u64>| prop_oneof![Just(None), range.prop_map(Some)];
    let script = (
        proptest::collection::vec(step, 0..40),
        end,
        optional(1..400),
        optional(5..100),
        prop_oneof![3 => Just(usize::MAX), 1 => 2_000..20_000_usize],
        proptest::collection::vec(read, 1..12),
        prop_oneof![3 => Just(None), 1 => (0..30_usize).prop_map(Some)],
    );
    script.prop_map(|(steps, end, deadline, keep_alive, most, reads, disconnects_after)| Script {
        // A handler that never returns needs a deadline to end the stream.
        deadline: if end == End::Never { deadline.or(Some(400)) } else { deadline },
        steps,
        end,
        keep_alive,
        most,
        reads,
        disconnects_after,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_stream_behaves_as_its_model(script in scripts()) {
        check(&script)?;
    }
}

fn script(steps: Vec<Step>, read: Read) -> Script {
    Script {
        steps,
        end: End::Result(3),
        deadline: None,
        keep_alive: None,
        most: usize::MAX,
        reads: vec![read],
        disconnects_after: None,
    }
}

/// The cooperative budget of a task is 128. Tries each amount that can remain of it when a chunk is sent.
#[test]
fn no_chunk_is_lost_wherever_the_budget_ends() {
    for work in 0..=130 {
        for chunks in 1..4 {
            let script = script(vec![Step::Send(1); chunks], Read { pause: 0, work });
            check(&script).unwrap();
        }
    }
}

#[test]
fn no_chunk_is_sent_after_the_deadline_even_if_one_is_always_ready() {
    for pause in [1, 7, 50] {
        let mut script = script(vec![Step::Send(1); 2_000], Read { pause, work: 0 });
        script.deadline = Some(500);
        check(&script).unwrap();
        let pieces = Model::run(&script);
        let (last_at, last) = pieces.last().unwrap();
        assert!(last.contains("DEADLINE_EXCEEDED") && *last_at < 500 + pause, "{last_at}: {last}");
    }
}
