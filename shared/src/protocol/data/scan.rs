//! Moves through valid JSON text: finds the end of a value, and reads a name, without allocating. The byte at a
//! position past the end is 0, which ends every loop.

use memchr::memchr2;

use super::text::Raw;

/// The byte at `at`; 0 past the end.
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The position of the next byte that is not white space.
pub(super) fn past_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// Most names are shorter than this. For them, calling `memchr` costs more than a loop over the bytes.
const SHORT: usize = 16;

/// The string whose opening quote is at `at`, and the position behind its closing quote.
pub(super) fn string(text: &[u8], at: usize) -> (Raw<'_>, usize) {
    let start = at + 1;
    let (mut has_escapes, mut at, mut short) = (false, start, start + SHORT);
    loop {
        match text.get(at) {
            Some(b'\\') => {
                has_escapes = true;
                at += 2;
                short = at + SHORT;
            }
            Some(byte) if *byte != b'"' && at < short => at += 1,
            Some(byte) if *byte != b'"' => {
                let rest = text.get(at..).unwrap_or_default();
                at += memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            }
            _ => {
                let end = at.min(text.len());
                let bytes = text.get(start..end).unwrap_or_default();
                return (Raw { bytes, has_escapes }, end + 1);
            }
        }
    }
}

/// The position behind the number, `true`, `false` or `null` at `at`.
pub(super) fn past_word(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.') {
        at += 1;
    }
    at
}

/// The position behind the value of any kind at `at`, without recursion.
pub(super) fn past_value(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match byte(text, at) {
            b'"' => at = string(text, at).1,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => {
                at += 1;
                continue;
            }
            0 => return at.min(text.len()),
            _ => at = past_word(text, at).max(at + 1),
        }
        if depth == 0 {
            return at;
        }
    }
}

/// The value of the only member of an object, if it has this name. If the name is repeated, the last value counts.
pub(in crate::protocol) fn only_member<'t>(text: &'t [u8], name: &str) -> Option<&'t [u8]> {
    let object = past_blanks(text, 0);
    if byte(text, object) != b'{' {
        return None;
    }
    let mut found = None;
    let mut at = past_blanks(text, object + 1);
    while byte(text, at) == b'"' {
        let (other, end) = string(text, at);
        if !other.is(name) {
            return None;
        }
        let value = past_colon(text, end);
        let end = past_value(text, value);
        found = text.get(value..end);
        at = past_comma(text, end);
    }
    found
}

/// The position of a member's value, if `at` is behind the member's name.
pub(super) fn past_colon(text: &[u8], at: usize) -> usize {
    past_blanks(text, past_blanks(text, at) + 1)
}

/// The position of the next item or member, or of the closing bracket, if `at` is behind a value.
pub(super) fn past_comma(text: &[u8], at: usize) -> usize {
    let at = past_blanks(text, at);
    if byte(text, at) == b',' { past_blanks(text, at + 1) } else { at }
}
