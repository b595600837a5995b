//! The host's size limit for one answer. Without this check, a client whose answer is larger would get the gateway's
//! error page, without CORS headers, or a stream that breaks off.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::protocol::json::{MAX_ESCAPED_LEN, escaped_len};

/// The host's limit, and which bytes count against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostLimit {
    /// The bytes of the body.
    Body { max_len: usize },
    /// The bytes of a JSON document that contains the status, the headers (`header_copies` times) and the body as a
    /// string.
    Json { max_len: usize, header_copies: usize },
}

impl Default for HostLimit {
    /// No limit.
    fn default() -> Self {
        Self::Body { max_len: usize::MAX }
    }
}

/// The bytes that the document of [`HostLimit::Json`] takes at most besides headers and body: member names, status,
/// braces.
const ENVELOPE_LEN: usize = 512;
/// The bytes that a header takes in that document besides its name and value: quotes, brackets, colon, comma.
const HEADER_OVERHEAD: usize = 8;

impl HostLimit {
    /// The limit that remains for the body of an answer with these headers.
    pub(crate) fn for_body(self, headers: &HeaderMap) -> BodyLimit {
        match self {
            Self::Body { max_len } => BodyLimit { left: max_len, escaped: false },
            Self::Json { max_len, header_copies } => {
                let encoded_len = |(name, value): (&HeaderName, &HeaderValue)| {
                    name.as_str().len() + value.len() * MAX_ESCAPED_LEN + HEADER_OVERHEAD
                };
                let head: usize = headers.iter().map(encoded_len).sum();
                let taken = ENVELOPE_LEN.saturating_add(head.saturating_mul(header_copies));
                BodyLimit { left: max_len.saturating_sub(taken), escaped: true }
            }
        }
    }
}

/// How many bytes the body of one answer may still take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimit {
    left: usize,
    /// Whether the body is sent as a JSON string, in which some bytes are escaped.
    escaped: bool,
}

impl BodyLimit {
    /// Whether `body` fits. Computes its exact encoded length only if the longest possible one does not fit.
    pub(crate) fn fits(&self, body: &[u8]) -> bool {
        body.len().saturating_mul(MAX_ESCAPED_LEN) <= self.left
            || self.encoded_len(body) <= self.left
    }

    /// If at least `spare` bytes remain after `part`, counts `part` against the limit and returns true.
    pub(super) fn take(&mut self, part: &[u8], spare: usize) -> bool {
        match self.left.checked_sub(self.encoded_len(part)) {
            Some(left) if left >= spare => {
                self.left = left;
                true
            }
            _ => false,
        }
    }

    fn encoded_len(&self, bytes: &[u8]) -> usize {
        if self.escaped { escaped_len(bytes) } else { bytes.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(max_len: usize) -> HostLimit {
        HostLimit::Json { max_len, header_copies: 1 }
    }

    #[test]
    fn a_body_counts_as_many_bytes_as_its_host_sends_for_it() {
        let none = HeaderMap::new();
        for (limit, body, fits) in [
            (HostLimit::default(), "any", true),
            (HostLimit::Body { max_len: 4 }, "\"\"\"\"", true),
            (HostLimit::Body { max_len: 3 }, "\"\"\"\"", false),
            (json(ENVELOPE_LEN + 4), "text", true),
            (json(ENVELOPE_LEN + 3), "text", false),
            (json(ENVELOPE_LEN + 8), "\"\"\"\"", true),
            (json(ENVELOPE_LEN + 7), "\"\"\"\"", false),
            (json(ENVELOPE_LEN + 6), "\u{1}", true),
            (json(ENVELOPE_LEN + 5), "\u{1}", false),
            (json(0), "", true),
        ] {
            assert_eq!(limit.for_body(&none).fits(body.as_bytes()), fits, "{limit:?} {body:?}");
        }
    }

    #[test]
    fn headers_count_as_often_as_they_are_sent() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", "value".parse().unwrap());
        let left = |header_copies| {
            let limit = HostLimit::Json { max_len: 1000, header_copies };
            limit.for_body(&headers).left
        };
        assert_eq!(left(0) - left(1), 3 + 6 * 5 + HEADER_OVERHEAD);
        assert_eq!(left(0) - left(2), 2 * (left(0) - left(1)));
        assert_eq!(HostLimit::Body { max_len: 7 }.for_body(&headers).left, 7);
    }

    #[test]
    fn a_part_that_leaves_too_little_for_the_last_event_is_refused() {
        let mut limit = json(ENVELOPE_LEN + 20).for_body(&HeaderMap::new());
        assert!(limit.take(b"\"1234567", 10));
        assert_eq!(limit.left, 11);
        assert!(!limit.take(b"12", 10));
        assert!(limit.take(b"1", 10));
        assert!(limit.fits(b"1234567890") && !limit.fits(b"12345678901"));
    }
}
