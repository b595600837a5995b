//! The author's function with its types erased: it takes checked `data` and returns the JSON of the answer.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::request::CallableRequest;
use crate::{
    net::BoxFuture,
    protocol::{
        HttpsError,
        data::{DataError, Document},
    },
};

/// Not generic, so that the pipeline is compiled once for all handlers.
pub(super) struct Handler {
    pub(super) run: Run,
    /// Whether `data` fits the handler's type; without running the handler.
    pub(super) fits: fn(&Document) -> Result<(), DataError>,
}

/// Decodes `data`, runs the author's function and writes its result. The sender is `None` if the client did not ask for
/// a stream.
pub(super) type Run =
    Arc<dyn Fn(CallableRequest<Document>, Option<EventSender>) -> HandlerFuture + Send + Sync>;

/// Sends the chunks of a stream, each encoded as an event.
pub(super) type EventSender = mpsc::Sender<Bytes>;

pub(super) type HandlerFuture = BoxFuture<'static, Result<Vec<u8>, HttpsError>>;
