//! The size limit of a host for one answer. Above it the caller would get the gateway's own error page, without
//! CORS, or a stream that stops in the middle.

use http::HeaderMap;

use crate::protocol::json::{MAX_BYTE_WEIGHT, string_weight};

/// The limit of a host, and what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carriage {
    /// The bytes of the body, as they are.
    Body { most: usize },
    /// The bytes of a JSON document with the status, the headers (this many times) and the body as a string.
    Json { most: usize, copies_of_headers: usize },
}

impl Default for Carriage {
    /// Any answer at all.
    fn default() -> Self {
        Self::Body { most: usize::MAX }
    }
}

/// The names of the members of such a document, its status, its braces.
const FRAME: usize = 512;
/// The bytes of a header besides its name and value: quotes, brackets, colon, comma.
const AROUND_A_HEADER: usize = 8;

impl Carriage {
    /// The room that these headers leave for the body.
    pub(crate) fn room(self, headers: &HeaderMap) -> Room {
        match self {
            Self::Body { most } => Room { left: most, as_string: false },
            Self::Json { most, copies_of_headers } => {
                let weight = |name: &str, value: &[u8]| {
                    name.len() + value.len() * MAX_BYTE_WEIGHT + AROUND_A_HEADER
                };
                let head: usize = headers
                    .iter()
                    .map(|(name, value)| weight(name.as_str(), value.as_bytes()))
                    .sum();
                let taken = FRAME.saturating_add(head.saturating_mul(copies_of_headers));
                Room { left: most.saturating_sub(taken), as_string: true }
            }
        }
    }
}

/// The room for the body of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    left: usize,
    /// Whether the body becomes a JSON string, in which some bytes take more than one.
    as_string: bool,
}

impl Room {
    /// Whether all of `body` fits. Its encoded size is computed only where it might not.
    pub(crate) fn holds(&self, body: &[u8]) -> bool {
        body.len().saturating_mul(MAX_BYTE_WEIGHT) <= self.left || self.weight(body) <= self.left
    }

    /// Takes the room of `part`, if at least `spare` bytes remain after it.
    pub(super) fn take(&mut self, part: &[u8], spare: usize) -> bool {
        match self.left.checked_sub(self.weight(part)) {
            Some(left) if left >= spare => {
                self.left = left;
                true
            }
            _ => false,
        }
    }

    fn weight(&self, bytes: &[u8]) -> usize {
        if self.as_string { string_weight(bytes) } else { bytes.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(most: usize) -> Carriage {
        Carriage::Json { most, copies_of_headers: 1 }
    }

    #[test]
    fn a_body_is_weighed_as_its_host_carries_it() {
        let none = HeaderMap::new();
        for (carriage, body, holds) in [
            (Carriage::default(), "any", true),
            (Carriage::Body { most: 4 }, "\"\"\"\"", true),
            (Carriage::Body { most: 3 }, "\"\"\"\"", false),
            (json(FRAME + 4), "text", true),
            (json(FRAME + 3), "text", false),
            (json(FRAME + 8), "\"\"\"\"", true),
            (json(FRAME + 7), "\"\"\"\"", false),
            (json(FRAME + 6), "\u{1}", true),
            (json(FRAME + 5), "\u{1}", false),
            (json(0), "", true),
        ] {
            assert_eq!(carriage.room(&none).holds(body.as_bytes()), holds, "{carriage:?} {body:?}");
        }
    }

    #[test]
    fn headers_take_their_room_as_often_as_they_are_sent() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", "value".parse().unwrap());
        let left = |copies_of_headers| {
            let carriage = Carriage::Json { most: 1000, copies_of_headers };
            carriage.room(&headers).left
        };
        assert_eq!(left(0) - left(1), 3 + 6 * 5 + AROUND_A_HEADER);
        assert_eq!(left(0) - left(2), 2 * (left(0) - left(1)));
        assert_eq!(Carriage::Body { most: 7 }.room(&headers).left, 7);
    }

    #[test]
    fn room_is_taken_once_and_what_must_be_spared_is() {
        let mut room = json(FRAME + 20).room(&HeaderMap::new());
        assert!(room.take(b"\"1234567", 10));
        assert_eq!(room.left, 11);
        assert!(!room.take(b"12", 10));
        assert!(room.take(b"1", 10));
        assert!(room.holds(b"1234567890") && !room.holds(b"12345678901"));
    }
}
