//! How large an answer may be, by front.

use super::event::Front;
use crate::{callable::HostLimit, host::config::ResponseMode};

/// Lambda's limit for a buffered answer: 6 MB of JSON, in which the body is one string.
const BUFFERED: usize = 6_291_556;
/// A load balancer's limit is lower: 1 MB.
const BALANCED: usize = 1_000_000;
/// Lambda's limit for an answer that is streamed.
const STREAMED: usize = 200_000_000;

/// The limit of an answer to this front.
pub(super) fn limit(front: Front, mode: ResponseMode) -> HostLimit {
    let max_len = max_json_len(front);
    match (mode, front) {
        (ResponseMode::Stream, _) => HostLimit::Body { max_len: STREAMED },
        (ResponseMode::Buffered, Front::Balancer) => HostLimit::Json { max_len, header_copies: 2 },
        (ResponseMode::Buffered, _) => HostLimit::Json { max_len, header_copies: 1 },
    }
}

/// The longest JSON of a whole answer to this front, in bytes.
pub(super) fn max_json_len(front: Front) -> usize {
    if front == Front::Balancer { BALANCED } else { BUFFERED }
}
