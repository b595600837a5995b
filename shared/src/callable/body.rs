//! The body of a request, in one piece and within a limit.

use std::{error::Error, pin::pin, time::Duration};

use bytes::{Buf, Bytes};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::protocol::envelope::BadRequest;

/// P4: how long a body may take to arrive: the reference's clients give up after 70 seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(70);

/// A body in one piece, of `limit` bytes at most.
pub(super) async fn read_body<B>(body: B, limit: usize) -> Result<Bytes, BadRequest>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match timeout(BODY_TIMEOUT, pin!(in_one_piece(body, limit))).await {
        Ok(Some(whole)) => Ok(whole),
        Ok(None) | Err(_) => Err(BadRequest::BodyUnread),
    }
}

/// The most that is allocated for a claimed `Content-Length` before any of the body has arrived.
const FIRST_ROOM: usize = 64 << 10;

/// `None` for a body that is too long, or breaks off.
async fn in_one_piece<B: Body>(body: B, limit: usize) -> Option<Bytes> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut body = pin!(body);
    let mut whole = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.ok()?.into_data() else {
            continue;
        };
        length = length.checked_add(data.remaining()).filter(|it| *it <= limit)?;
        if announced > limit {
            // Read and dropped: a client that is still sending does not read the answer.
            continue;
        }
        if whole.is_empty() && body.is_end_stream() {
            // Usually the only piece: it is then used without a copy.
            return Some(data.copy_to_bytes(data.remaining()));
        }
        if length > whole.capacity() {
            // The buffer doubles each time, but never grows past the announced length.
            let twice = whole.capacity().saturating_mul(2).max(FIRST_ROOM.min(announced));
            let room = if length <= announced { twice.min(announced) } else { twice };
            whole.reserve_exact(room.max(length) - whole.len());
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            whole.extend_from_slice(chunk);
            let taken = chunk.len();
            data.advance(taken);
        }
    }
    Some(whole.into())
}
