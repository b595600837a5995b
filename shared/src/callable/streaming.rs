//! Chunks: what a handler sends while it runs, and the body that runs it.
//! The body owns the handler and polls it, so that back-pressure and a lost client reach it.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use serde::Serialize;
use tokio::{
    sync::mpsc,
    time::{Instant, Sleep, sleep, sleep_until},
};
use tracing::Span;

use super::{Reply, ending::HostEnding, record, service::HostTraits};
use crate::protocol::{HttpsError, event_stream, json};

/// Sends chunks to a caller who asked for a stream.
///
/// Safe to use whoever calls: for a client that did not ask for a stream, [`Self::send`] does
/// nothing, so that one handler serves both.
pub struct ChunkSender<C: ?Sized> {
    frames: Option<mpsc::Sender<Bytes>>,
    chunk: PhantomData<fn(&C)>,
}

impl<C: Serialize + ?Sized> ChunkSender<C> {
    pub(super) fn new(frames: Option<mpsc::Sender<Bytes>>) -> Self {
        Self { frames, chunk: PhantomData }
    }

    /// Sends one chunk, and waits until the one before it is on its way. Yields whether anybody
    /// listens: `false` for a caller who did not ask for a stream, or is gone.
    ///
    /// # Errors
    /// The chunk cannot be written as JSON.
    pub async fn send(&self, chunk: &C) -> Result<bool, HttpsError> {
        let Some(frames) = &self.frames else {
            return Ok(false);
        };
        let frame = event_stream::frame(&json::message(chunk)?);
        Ok(frames.send(frame.into()).await.is_ok())
    }

    /// Whether the caller asked for a stream and is still there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.frames.as_ref().is_some_and(|frames| !frames.is_closed())
    }
}

impl<C: ?Sized> Clone for ChunkSender<C> {
    fn clone(&self) -> Self {
        Self { frames: self.frames.clone(), chunk: PhantomData }
    }
}

impl<C: ?Sized> fmt::Debug for ChunkSender<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSender").field("streaming", &self.frames.is_some()).finish()
    }
}

/// What a stream needs besides its handler.
pub(super) struct StreamSettings {
    /// How long a stream may be silent before it is padded.
    pub(super) keep_alive: Option<Duration>,
    /// When the caller gets DEADLINE_EXCEEDED.
    pub(super) deadline: Option<Instant>,
    /// When the caller gets UNAVAILABLE.
    pub(super) ending: Option<HostEnding>,
    pub(super) host: Arc<HostTraits>,
    pub(super) call: record::Call,
    pub(super) span: Span,
}

/// P23: a stream while it runs: zero or more chunks, then exactly one result or error, then nothing.
pub(super) struct RunningStream {
    /// Gone once it has answered, panicked, or run out of time.
    handler: Option<Reply>,
    frames: mpsc::Receiver<Bytes>,
    outcome: Option<Result<Vec<u8>, HttpsError>>,
    settings: StreamSettings,
    deadline: Option<Pin<Box<Sleep>>>,
    ending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    padding: Option<Pin<Box<Sleep>>>,
    /// A `data: ` was sent ahead, and the next event continues its line.
    line_open: bool,
    chunks: u64,
    weight: usize,
    ended: bool,
}

const PREFIX: &[u8] = b"data: ";
/// Room for an error event at the end of a stream that grows too large for its host.
const LAST_EVENT_WEIGHT: usize = 1 << 10;

impl RunningStream {
    /// `start` is given the sender's end of the chunks.
    pub(super) fn new(
        start: impl FnOnce(mpsc::Sender<Bytes>) -> Reply,
        settings: StreamSettings,
    ) -> Self {
        // One chunk waits for the client; the handler waits for that one.
        let (sender, frames) = mpsc::channel(1);
        let (handler, outcome) = match catch_unwind(AssertUnwindSafe(|| start(sender))) {
            Ok(handler) => (Some(handler), None),
            Err(_) => (None, Some(Err(HttpsError::from_source("panicked")))),
        };
        Self {
            handler,
            frames,
            outcome,
            deadline: settings.deadline.map(|at| Box::pin(sleep_until(at))),
            ending: settings.ending.clone().map(|ending| Box::pin(ending.wait()) as _),
            padding: settings.keep_alive.map(|every| Box::pin(sleep(every))),
            settings,
            line_open: false,
            chunks: 0,
            weight: 0,
            ended: false,
        }
    }

    pub(super) fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let span = self.settings.span.clone();
        let _entered = span.enter();
        if self.ended {
            return Poll::Ready(None);
        }
        // First: a stream that always has a chunk ready must end, too.
        if self.ending.as_mut().is_some_and(|ending| ending.as_mut().poll(context).is_ready()) {
            // DIFFERENCE: the reference's streams are cut when its process ends.
            self.handler = None;
            return Poll::Ready(Some(self.last(Err(HttpsError::unavailable("Unavailable")))));
        }
        self.poll_handler(context);
        if let Poll::Ready(Some(frame)) = self.frames.poll_recv(context) {
            return Poll::Ready(Some(self.chunk(frame)));
        }
        if let Some(outcome) = self.outcome.take() {
            return Poll::Ready(Some(self.last(outcome)));
        }
        if self.deadline.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready()) {
            self.handler = None;
            let exceeded = HttpsError::deadline_exceeded("Deadline Exceeded");
            return Poll::Ready(Some(self.last(Err(exceeded))));
        }
        if self.padding.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready()) {
            return match self.pad(context) {
                Some(bytes) => Poll::Ready(Some(bytes)),
                None => Poll::Pending,
            };
        }
        Poll::Pending
    }

    /// Lets the handler run until it waits for something or is done.
    fn poll_handler(&mut self, context: &mut Context<'_>) {
        let Some(handler) = &mut self.handler else {
            return;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(outcome)) => {
                self.handler = None;
                self.outcome = Some(outcome);
            }
            Err(_) => {
                self.handler = None;
                self.outcome = Some(Err(HttpsError::from_source("panicked")));
            }
        }
    }

    fn chunk(&mut self, frame: Bytes) -> Bytes {
        let host = &self.settings.host;
        let weight = self.weight.saturating_add((host.weigh)(&frame));
        if weight.saturating_add(LAST_EVENT_WEIGHT) > host.max_weight {
            return self.last(Err(HttpsError::from_source("a stream too large for the host")));
        }
        self.chunks += 1;
        self.event(frame)
    }

    fn last(&mut self, outcome: Result<Vec<u8>, HttpsError>) -> Bytes {
        let host = &self.settings.host;
        let outcome = outcome.and_then(|body| {
            let weight = self.weight.saturating_add((host.weigh)(&body));
            if weight.saturating_add(LAST_EVENT_WEIGHT) > host.max_weight {
                return Err(HttpsError::from_source("a stream too large for the host"));
            }
            Ok(body)
        });
        self.settings.call.finished(outcome.as_ref().map(|_| ()), Some(self.chunks));
        self.ended = true;
        self.handler = None;
        self.frames.close();
        let frame = match outcome {
            Ok(body) => event_stream::frame(&body),
            Err(error) => event_stream::frame(&json::error(&error)),
        };
        self.event(frame.into())
    }

    /// An event, continuing the line that was opened for it.
    fn event(&mut self, frame: Bytes) -> Bytes {
        self.weight = self.weight.saturating_add((self.settings.host.weigh)(&frame));
        self.rest();
        if std::mem::take(&mut self.line_open) { frame.slice(PREFIX.len()..) } else { frame }
    }

    /// P26, DIFFERENCE: the reference sends `: ping` lines, at which the iOS and Android SDKs fail the
    /// stream. Every client skips blanks between `data: ` and the JSON.
    fn pad(&mut self, context: &mut Context<'_>) -> Option<Bytes> {
        self.rest();
        // Polled once, so that it wakes this task.
        let waiting = self.padding.as_mut()?.as_mut().poll(context);
        debug_assert!(waiting.is_pending());
        let padding: &'static [u8] = if self.line_open { b" " } else { PREFIX };
        self.line_open = true;
        self.weight = self.weight.saturating_add(padding.len());
        Some(Bytes::from_static(padding))
    }

    /// Silence counts anew from here.
    fn rest(&mut self) {
        if let (Some(sleep), Some(every)) = (&mut self.padding, self.settings.keep_alive) {
            sleep.as_mut().reset(Instant::now() + every);
        }
    }
}

impl Drop for RunningStream {
    /// A client that went away leaves a call without an outcome; it gets its record all the same.
    fn drop(&mut self) {
        if !self.ended {
            let _entered = self.settings.span.enter();
            let cancelled = HttpsError::cancelled("the caller is gone");
            self.settings.call.finished(Err(&cancelled), Some(self.chunks));
        }
    }
}
