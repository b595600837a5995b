//! Reads the body of a request into one buffer, within a size limit and a time limit.

use std::{pin::pin, time::Duration};

use bytes::{Buf, BufMut, Bytes};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::protocol::envelope::BadRequest;

/// P4: how long a body may take to arrive. The reference's clients give up after 70 seconds, too.
const BODY_TIMEOUT: Duration = Duration::from_secs(70);

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn read_body<B: Body>(body: B, limit: usize) -> Result<Bytes, BadRequest> {
    let whole = timeout(BODY_TIMEOUT, pin!(collect(body, limit))).await;
    whole.ok().flatten().ok_or(BadRequest::BodyUnread)
}

/// The first buffer is at most this large, even if `Content-Length` announces more: it is allocated before most of the
/// body has arrived.
const FIRST_CAPACITY: usize = 64 << 10;

/// `None` for a body that is too long or is cut off.
async fn collect<B: Body>(body: B, limit: usize) -> Option<Bytes> {
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
            // Read the rest and drop it: a client reads the answer only after it has sent its body.
            continue;
        }
        if whole.is_empty() && body.is_end_stream() {
            // A body usually has only one frame, which is used without a copy.
            return Some(data.copy_to_bytes(data.remaining()));
        }
        if length > whole.capacity() {
            // Doubles the capacity, but stops at the announced length until the body exceeds it.
            let twice = whole.capacity().saturating_mul(2).max(FIRST_CAPACITY.min(announced));
            let capacity = if length <= announced { twice.min(announced) } else { twice };
            whole.reserve_exact(capacity.max(length) - whole.len());
        }
        whole.put(data);
    }
    Some(whole.into())
}
