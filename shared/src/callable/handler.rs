//! The author's function with its types erased: checked `data` in, the JSON of the answer out.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::request::CallableRequest;
use crate::{
    net::BoxFuture,
    protocol::{HttpsError, data::Document},
};

/// Not generic, so that the pipeline is compiled once for all handlers.
pub(super) type Handler =
    Arc<dyn Fn(CallableRequest<Document>, Option<EventSender>) -> HandlerFuture + Send + Sync>;

/// Sends the events of a stream's chunks; absent if the client did not ask for a stream.
pub(super) type EventSender = mpsc::Sender<Bytes>;

pub(super) type HandlerFuture = BoxFuture<'static, Result<Vec<u8>, HttpsError>>;
