//! A stream: the body of the answer runs the handler by polling it. Therefore the handler waits for a slow client, and
//! is dropped when the client disconnects.
//!
//! A stream ends with exactly one event after the chunks; then the body ends.
//!
//! | what ends it | last event | where |
//! |---|---|---|
//! | the handler returns | its result or error, after every chunk that it sent | `poll_event` |
//! | the handler panics | INTERNAL | `poll_handler` |
//! | the deadline | DEADLINE_EXCEEDED | `stop_with` |
//! | the host shuts down | UNAVAILABLE | `stop_with` |
//! | the answer is too large for the host, or its result cannot be encoded | INTERNAL | `send_chunk`, `answer.rs` |
//! | the client disconnects | none; the log record says CANCELLED | `Drop` |

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::mpsc,
    time::{Instant, Sleep, sleep, sleep_until},
};

use super::{
    handler::{EventSender, HandlerFuture},
    running_call::{RunningCall, deadline_exceeded, panicked, shutting_down},
};
use crate::{fetched::step_until, net::BoxFuture, protocol::HttpsError};

/// P23: zero or more chunks, then exactly one result or error, then nothing.
pub(super) struct RunningStream {
    call: RunningCall,
    /// `None` once it has returned or panicked, or the stream has ended.
    handler: Option<HandlerFuture>,
    /// The chunks as events. Closed when the handler is dropped.
    chunks: mpsc::Receiver<Bytes>,
    outcome: Option<Result<Vec<u8>, HttpsError>>,
    deadline: Option<Timer>,
    shutdown: Option<BoxFuture<'static, ()>>,
    /// How long the stream may be silent before padding is sent.
    keep_alive: Option<Duration>,
    padding_timer: Option<Timer>,
    /// The `data: ` of the next event was already sent, as padding.
    prefix_sent: bool,
    ended: bool,
}

type Timer = Pin<Box<Sleep>>;

const PREFIX: &[u8] = b"data: ";
/// Chunks and padding leave this much of the host's size limit, so that an error fits as the last event.
const LAST_EVENT_BYTES: usize = 1 << 10;

impl RunningStream {
    /// `start` calls the handler.
    pub(super) fn new(
        start: impl FnOnce(EventSender) -> HandlerFuture,
        mut call: RunningCall,
        keep_alive: Option<Duration>,
    ) -> Self {
        // Back-pressure: one chunk waits for the client, and the handler waits until that one is taken.
        let (sender, mut chunks) = mpsc::channel(1);
        let handler = catch_unwind(AssertUnwindSafe(|| start(sender)));
        let outcome = handler.is_err().then(|| {
            chunks.close();
            Err(panicked())
        });
        Self {
            handler: handler.ok(),
            chunks,
            outcome,
            deadline: call.deadline.map(|at| Box::pin(sleep_until(at))),
            shutdown: call.shutdown.take().map(|shutdown| Box::pin(shutdown.wait()) as _),
            keep_alive,
            padding_timer: keep_alive.map(|every| Box::pin(sleep(every))),
            prefix_sent: false,
            ended: false,
            call,
        }
    }

    pub(super) fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let span = self.call.record.span().clone();
        let _entered = span.enter();
        if self.ended { Poll::Ready(None) } else { self.poll_event(context).map(Some) }
    }

    /// The order matters. Shutdown and deadline come first: with a fast handler or a slow reader, a chunk may be ready
    /// at every poll. The outcome comes last, and only when the channel reports that it is closed and empty: when
    /// tokio's cooperative budget is used up, the channel returns `Pending` even if it contains a chunk.
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        if self.shutdown.as_mut().is_some_and(|shutdown| shutdown.as_mut().poll(context).is_ready())
        {
            return Poll::Ready(self.stop_with(shutting_down()));
        }
        if self.deadline.as_ref().is_some_and(|timer| timer.deadline() <= Instant::now()) {
            return Poll::Ready(self.stop_with(deadline_exceeded()));
        }
        self.poll_handler(context);
        match self.chunks.poll_recv(context) {
            Poll::Ready(Some(event)) => return Poll::Ready(self.send_chunk(event)),
            Poll::Ready(None) => {
                if let Some(outcome) = self.outcome.take() {
                    return Poll::Ready(self.end_with(outcome));
                }
            }
            Poll::Pending => {}
        }
        // Nothing to send yet: polling the timers lets each of them wake this task.
        let mut is_due = |timer: &mut Timer| timer.as_mut().poll(context).is_ready();
        if self.deadline.as_mut().is_some_and(&mut is_due) {
            return Poll::Ready(self.stop_with(deadline_exceeded()));
        }
        if self.padding_timer.as_mut().is_some_and(is_due)
            && let Some(padding) = self.padding()
        {
            return Poll::Ready(padding);
        }
        Poll::Pending
    }

    /// Lets the handler run until it waits for something or returns.
    fn poll_handler(&mut self, context: &mut Context<'_>) {
        let Some(handler) = &mut self.handler else {
            return;
        };
        // When the handler waits for a fetch, the wait ends before the deadline, as in a call without a stream.
        let step = || step_until(self.call.deadline, || handler.as_mut().poll(context));
        let outcome = match catch_unwind(AssertUnwindSafe(step)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(outcome)) => outcome,
            Err(_) => Err(panicked()),
        };
        self.drop_handler();
        self.outcome = Some(outcome);
    }

    /// Ends the stream with `error`, unless the handler has returned and all of its chunks are sent: its outcome is
    /// then the last event.
    fn stop_with(&mut self, error: HttpsError) -> Bytes {
        let outcome = match (self.outcome.take(), self.chunks.try_recv()) {
            (Some(outcome), Err(_)) => outcome,
            _ => Err(error),
        };
        self.end_with(outcome)
    }

    /// Ends the stream with `outcome`. Returns the last event.
    fn end_with(&mut self, outcome: Result<Vec<u8>, HttpsError>) -> Bytes {
        self.ended = true;
        self.drop_handler();
        let (_, event) = self.call.finish(outcome);
        self.without_sent_prefix(event)
    }

    /// Chunks that the channel already contains can still be read; a task that the handler spawned cannot send more.
    fn drop_handler(&mut self) {
        self.chunks.close();
        if let Some(handler) = self.handler.take() {
            // Dropping the author's values may panic; the stream still gets its last event.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(handler)));
        }
    }

    fn send_chunk(&mut self, event: Bytes) -> Bytes {
        let event = self.without_sent_prefix(event);
        if !self.call.body_limit.take(&event, LAST_EVENT_BYTES) {
            return self.end_with(Err(HttpsError::from_source("the stream is too large to send")));
        }
        self.prefix_sent = false;
        self.call.record.chunk_sent();
        self.restart_padding_timer();
        event
    }

    fn without_sent_prefix(&self, event: Bytes) -> Bytes {
        if self.prefix_sent { event.slice(PREFIX.len()..) } else { event }
    }

    /// P26, DIFFERENCE: the reference sends `: ping` lines, which make the iOS and Android SDKs fail the stream. Here
    /// the padding is the `data: ` of the next event, then blanks: every client skips blanks before the JSON.
    fn padding(&mut self) -> Option<Bytes> {
        let padding: &'static [u8] = if self.prefix_sent { b" " } else { PREFIX };
        if !self.call.body_limit.take(padding, LAST_EVENT_BYTES) {
            self.padding_timer = None;
            return None;
        }
        self.prefix_sent = true;
        self.restart_padding_timer();
        Some(Bytes::from_static(padding))
    }

    fn restart_padding_timer(&mut self) {
        let due = self.keep_alive.and_then(|every| Instant::now().checked_add(every));
        match (&mut self.padding_timer, due) {
            (Some(timer), Some(due)) => timer.as_mut().reset(due),
            _ => self.padding_timer = None,
        }
    }
}

impl Drop for RunningStream {
    /// Enters the span, so that events which the handler logs while it is dropped belong to its call. `call` is dropped
    /// afterwards, and writes the record if the stream has not ended.
    fn drop(&mut self) {
        let span = self.call.record.span().clone();
        let _entered = span.enter();
        self.drop_handler();
    }
}
