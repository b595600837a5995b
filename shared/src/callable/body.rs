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

/// What a length that a client claims may cost before any of the body is there.
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
            // Taken off the connection all the same: a client that still sends reads no answer.
            continue;
        }
        if whole.is_empty() && body.is_end_stream() {
            // Most often the only piece, which then need not be copied.
            return Some(data.copy_to_bytes(data.remaining()));
        }
        if length > whole.capacity() {
            // Twice as much each time, but not past what was announced.
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
