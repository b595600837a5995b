//! The author's function with its types erased: checked `data` in, the body of the answer out.

use std::{future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::request::CallableRequest;
use crate::protocol::{HttpsError, data::Document};

/// Generic outside, plain inside: the pipeline is compiled once, whatever the handlers.
pub(super) type Handler =
    Arc<dyn Fn(CallableRequest<Document>, Option<Frames>) -> Reply + Send + Sync>;

/// Where the frames of a stream's chunks go; absent for a caller who did not ask for a stream.
pub(super) type Frames = mpsc::Sender<Bytes>;

pub(super) type Reply = Pin<Box<dyn Future<Output = Result<Vec<u8>, HttpsError>> + Send>>;
