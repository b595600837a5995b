//! A stream: the body that runs its handler. The body owns the handler and polls it, so that back-pressure and a lost
//! client reach it.

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

use super::{answer::Form, ending::HostEnding, handler::Reply, limits::BodyLimit, record};
use crate::{fetched::step_until, protocol::HttpsError};

/// What an answer needs besides its handler.
pub(super) struct AnswerSettings {
    /// How long a stream may be silent before it is padded.
    pub(super) keep_alive: Option<Duration>,
    /// When the caller gets DEADLINE_EXCEEDED.
    pub(super) deadline: Option<Instant>,
    /// When the caller gets UNAVAILABLE.
    pub(super) ending: Option<HostEnding>,
    pub(super) room: BodyLimit,
    pub(super) call: record::Call,
}

/// P23: a stream while it runs: zero or more chunks, then exactly one result or error, then nothing.
pub(super) struct RunningStream {
    /// `None` once it has answered or panicked, its time is up, or the host ends.
    handler: Option<Reply>,
    /// Closed when the handler is gone.
    frames: mpsc::Receiver<Bytes>,
    outcome: Option<Result<Vec<u8>, HttpsError>>,
    call: record::Call,
    room: BodyLimit,
    deadline: Option<Deadline>,
    ending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    padding: Option<Padding>,
    /// A `data: ` was sent ahead, and the next event continues its line.
    line_open: bool,
    ended: bool,
}

struct Deadline {
    at: Instant,
    wakes: Pin<Box<Sleep>>,
}

struct Padding {
    every: Duration,
    due: Pin<Box<Sleep>>,
}

const PREFIX: &[u8] = b"data: ";
/// Room for an error event at the end of a stream that grows too large for its host.
const LAST_EVENT_WEIGHT: usize = 1 << 10;

impl RunningStream {
    /// `start` is given the sender's end of the chunks.
    pub(super) fn new(
        start: impl FnOnce(mpsc::Sender<Bytes>) -> Reply,
        AnswerSettings { keep_alive, deadline, ending, room, call }: AnswerSettings,
    ) -> Self {
        // One chunk waits for the client; the handler waits for that one.
        let (sender, mut frames) = mpsc::channel(1);
        let (handler, outcome) = match catch_unwind(AssertUnwindSafe(|| start(sender))) {
            Ok(handler) => (Some(handler), None),
            Err(_) => {
                frames.close();
                (None, Some(Err(HttpsError::from_source("panicked"))))
            }
        };
        Self {
            handler,
            frames,
            outcome,
            call,
            room,
            deadline: deadline.map(|at| Deadline { at, wakes: Box::pin(sleep_until(at)) }),
            ending: ending.map(|ending| Box::pin(ending.wait()) as _),
            padding: keep_alive.map(|every| Padding { every, due: Box::pin(sleep(every)) }),
            line_open: false,
            ended: false,
        }
    }

    /// The order matters. The host's end and the deadline come first, since a fast producer or a slow reader may have
    /// a chunk ready at every poll. The outcome comes last, and only when the channel says that it is closed and
    /// empty: once tokio's cooperative budget is used up, the channel is pending even with a chunk in it.
    pub(super) fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let span = self.call.span().clone();
        let _entered = span.enter();
        if self.ended {
            return Poll::Ready(None);
        }
        // The reference's streams are cut when its process ends (DIFFERENCE).
        if self.ending.as_mut().is_some_and(|ending| ending.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Some(self.cut_short(HttpsError::unavailable("Unavailable"))));
        }
        if self.deadline.as_ref().is_some_and(|deadline| deadline.at <= Instant::now()) {
            return Poll::Ready(Some(self.time_is_up()));
        }
        self.poll_handler(context);
        match self.frames.poll_recv(context) {
            Poll::Ready(Some(frame)) => return Poll::Ready(Some(self.chunk(frame))),
            Poll::Ready(None) => {
                if let Some(outcome) = self.outcome.take() {
                    return Poll::Ready(Some(self.last(outcome)));
                }
            }
            Poll::Pending => {}
        }
        // Nothing to send yet: the timers are polled so that each can wake this task.
        let is_due =
            |sleep: &mut Pin<Box<Sleep>>, context: &mut _| sleep.as_mut().poll(context).is_ready();
        if self.deadline.as_mut().is_some_and(|deadline| is_due(&mut deadline.wakes, context)) {
            return Poll::Ready(Some(self.time_is_up()));
        }
        if self.padding.as_mut().is_some_and(|padding| is_due(&mut padding.due, context))
            && let Some(bytes) = self.pad()
        {
            return Poll::Ready(Some(bytes));
        }
        Poll::Pending
    }

    /// Lets the handler run until it waits for something or is done.
    fn poll_handler(&mut self, context: &mut Context<'_>) {
        let Some(handler) = &mut self.handler else {
            return;
        };
        // Fetches that the handler waits for give up before the deadline, as in a call without a stream.
        let deadline = self.deadline.as_ref().map(|deadline| deadline.at);
        let step = || step_until(deadline, || handler.as_mut().poll(context));
        let outcome = match catch_unwind(AssertUnwindSafe(step)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(outcome)) => outcome,
            Err(_) => Err(HttpsError::from_source("panicked")),
        };
        self.drop_handler();
        self.outcome = Some(outcome);
    }

    /// The chunks already sent stay in the channel; a task that the handler spawned can send no more.
    fn drop_handler(&mut self) {
        self.frames.close();
        if let Some(handler) = self.handler.take() {
            // Dropping the author's values may panic; the stream still gets its last event.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(handler)));
        }
    }

    fn time_is_up(&mut self) -> Bytes {
        self.cut_short(HttpsError::deadline_exceeded("Deadline Exceeded"))
    }

    /// The last event before the handler's end. If no chunk is waiting before the outcome, the outcome is that event;
    /// else it is `error`.
    fn cut_short(&mut self, error: HttpsError) -> Bytes {
        let outcome = match (self.outcome.take(), self.frames.try_recv()) {
            (Some(outcome), Err(_)) => outcome,
            _ => Err(error),
        };
        self.last(outcome)
    }

    fn chunk(&mut self, frame: Bytes) -> Bytes {
        let frame = self.continuing_the_line(frame);
        if !self.room.take(&frame, LAST_EVENT_WEIGHT) {
            return self.last(Err(HttpsError::from_source("a stream too large for the host")));
        }
        self.line_open = false;
        self.call.chunk_sent();
        self.rest();
        frame
    }

    fn last(&mut self, outcome: Result<Vec<u8>, HttpsError>) -> Bytes {
        self.ended = true;
        self.drop_handler();
        let written = Form::EventStream.write(outcome, &self.room);
        self.call.finish(written.outcome.as_ref().copied());
        self.continuing_the_line(written.body)
    }

    fn continuing_the_line(&self, frame: Bytes) -> Bytes {
        if self.line_open { frame.slice(PREFIX.len()..) } else { frame }
    }

    /// P26, DIFFERENCE: the reference sends `: ping` lines, at which the iOS and Android SDKs fail the
    /// stream. Every client skips blanks between `data: ` and the JSON.
    fn pad(&mut self) -> Option<Bytes> {
        let padding: &'static [u8] = if self.line_open { b" " } else { PREFIX };
        if !self.room.take(padding, LAST_EVENT_WEIGHT) {
            self.padding = None;
            return None;
        }
        self.line_open = true;
        self.rest();
        Some(Bytes::from_static(padding))
    }

    /// Silence counts anew from here.
    fn rest(&mut self) {
        if let Some(Padding { every, due }) = &mut self.padding {
            match Instant::now().checked_add(*every) {
                Some(at) => due.as_mut().reset(at),
                None => self.padding = None, // never due
            }
        }
    }
}

impl Drop for RunningStream {
    /// Log lines that dropping the handler writes belong to its call. A call without an outcome gets its record, too.
    fn drop(&mut self) {
        let span = self.call.span().clone();
        let _entered = span.enter();
        self.drop_handler();
    }
}
