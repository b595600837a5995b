//! Sends the chunks of a stream while the handler runs.

use std::marker::PhantomData;

use serde::Serialize;

use super::handler::EventSender;
use crate::protocol::{HttpsError, event_stream, json};

/// Sends chunks to a client that asked for a stream.
///
/// If the client did not ask for one, [`Self::send`] does nothing, so that one handler serves both kinds of client.
/// [`Callable::streaming`](super::Callable::streaming) has an example.
#[derive(Debug)]
pub struct ChunkSender<C: ?Sized> {
    events: Option<EventSender>,
    chunk: PhantomData<fn(&C)>,
}

impl<C: Serialize + ?Sized> ChunkSender<C> {
    pub(super) fn new(events: Option<EventSender>) -> Self {
        Self { events, chunk: PhantomData }
    }

    /// Sends one chunk, after waiting until the host has taken the previous one. Returns `false` if the client did not
    /// ask for a stream or has disconnected.
    ///
    /// # Errors
    /// The chunk cannot be written as JSON, or a client could not decode it.
    pub async fn send(&self, chunk: &C) -> Result<bool, HttpsError> {
        let Some(events) = &self.events else {
            return Ok(false);
        };
        let event = event_stream::frame(&json::message(chunk)?);
        Ok(events.send(event.into()).await.is_ok())
    }

    /// Whether the client asked for a stream and is still connected.
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
