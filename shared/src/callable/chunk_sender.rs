//! Chunks: what a handler sends while it runs.

use std::marker::PhantomData;

use serde::Serialize;

use super::handler::EventSender;
use crate::protocol::{HttpsError, event_stream, json};

/// Sends chunks to a caller who asked for a stream.
///
/// Safe to use whoever calls: for a client that did not ask for a stream, [`Self::send`] does
/// nothing, so that one handler serves both. [`Callable::streaming`](super::Callable::streaming) has an example.
#[derive(Debug)]
pub struct ChunkSender<C: ?Sized> {
    events: Option<EventSender>,
    chunk: PhantomData<fn(&C)>,
}

impl<C: Serialize + ?Sized> ChunkSender<C> {
    pub(super) fn new(events: Option<EventSender>) -> Self {
        Self { events, chunk: PhantomData }
    }

    /// Sends one chunk, and waits until the one before it is on its way. Yields whether anybody
    /// listens: `false` for a caller who did not ask for a stream, or is gone.
    ///
    /// # Errors
    /// The chunk cannot be written as JSON.
    pub async fn send(&self, chunk: &C) -> Result<bool, HttpsError> {
        let Some(events) = &self.events else {
            return Ok(false);
        };
        let event = event_stream::frame(&json::message(chunk)?);
        Ok(events.send(event.into()).await.is_ok())
    }

    /// Whether the caller asked for a stream and is still there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.events.as_ref().is_some_and(|events| !events.is_closed())
    }
}

impl<C: ?Sized> Clone for ChunkSender<C> {
    fn clone(&self) -> Self {
        Self { events: self.events.clone(), chunk: PhantomData }
    }
}
