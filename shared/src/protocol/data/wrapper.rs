//! Reads 64-bit integers in their wrapper: `{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"3"}`.
//! Android wraps every `Long`, iOS every 64-bit integer, however small, at any depth.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `decode`.

use super::{
    number::Num,
    scan::{Raw, byte, past_blanks, past_colon, past_comma, past_value, past_word, string},
};

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";
const UINT64: &str = "type.googleapis.com/google.protobuf.UInt64Value";

/// The positions of the two members that make an object a wrapper; of repeated ones, the last counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// The position of the value of `@type`.
    pub(super) kind: Option<usize>,
    /// The position of the value of `value`.
    pub(super) value: Option<usize>,
}

impl Parts {
    /// The two members of the object at `at`, and the position behind it.
    pub(super) fn of(text: &[u8], at: usize) -> (Self, usize) {
        let mut parts = Self::default();
        let mut at = past_blanks(text, at + 1);
        while byte(text, at) == b'"' {
            let (name, end) = string(text, at);
            let value = past_colon(text, end);
            parts.note(name, value);
            at = past_comma(text, past_value(text, value));
        }
        (parts, at + 1)
    }

    /// Notes a member, if it is one of the two.
    pub(super) fn note(&mut self, name: Raw<'_>, value: usize) {
        if name.is("@type") {
            self.kind = Some(value);
        } else if name.is("value") {
            self.value = Some(value);
        }
    }

    /// Whether the object is a wrapper, valid or not. As in JavaScript, an `@type` that is falsy (false, null, 0 or
    /// "") is an ordinary member.
    pub(super) fn is_wrapper(self, text: &[u8]) -> bool {
        let Some(kind) = self.kind else {
            return false;
        };
        match byte(text, kind) {
            b'n' | b'f' => false,
            b'"' => !string(text, kind).0.bytes.is_empty(),
            b't' | b'{' | b'[' => true,
            _ => !number_at(text, kind).is_some_and(Num::is_zero),
        }
    }

    /// The number in a wrapper. Other members are ignored.
    pub(super) fn number(self, text: &[u8]) -> Result<Num, &'static str> {
        let known = self.kind.filter(|kind| byte(text, *kind) == b'"').is_some_and(|kind| {
            let (name, _) = string(text, kind);
            name.is(INT64) || name.is(UINT64)
        });
        if !known {
            return Err("an @type that is not known");
        }
        self.value
            .and_then(|value| parse_number(text, value))
            .ok_or("a 64-bit integer without a number in its value")
    }
}

fn number_at(text: &[u8], at: usize) -> Option<Num> {
    Num::of_json(text.get(at..past_word(text, at))?)
}

/// P7: what JavaScript's `parseFloat` accepts. DIFFERENCE: whole numbers of 64 bits stay exact, where
/// the reference rounds them to a double.
fn parse_number(text: &[u8], mut at: usize) -> Option<Num> {
    // JavaScript joins the items of an array with commas, and reads up to the first.
    while byte(text, at) == b'[' {
        at = past_blanks(text, at + 1);
    }
    match byte(text, at) {
        b'"' => parse_text(string(text, at).0.text().trim_start()),
        b'-' | b'0'..=b'9' => number_at(text, at),
        _ => None,
    }
}

fn parse_text(text: &str) -> Option<Num> {
    let whole = text.trim_end();
    let exact = whole.parse().map(whole_number).or_else(|_| whole.parse().map(Num::Unsigned));
    exact.ok().or_else(|| text.get(..float_length(text))?.parse().ok().and_then(from_double))
}

fn whole_number(value: i64) -> Num {
    u64::try_from(value).map_or(Num::Signed(value), Num::Unsigned)
}

/// Whole doubles become integers, so that `1e3` fits an integer field.
fn from_double(double: f64) -> Option<Num> {
    const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0; // 2^53
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if double.fract() == 0.0 && double.abs() <= EXACT_UP_TO {
        return Some(whole_number(double as i64));
    }
    Num::of_double(double)
}

/// How many bytes of `text` are a decimal number with optional fraction and exponent.
fn float_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from =
        |start: usize| bytes.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
    let sign = |at: usize| usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));

    let start = sign(0);
    let whole = digits_from(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits_from(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + sign(end + 1);
        let digits = digits_from(exponent);
        if digits > 0 {
            end = exponent + digits;
        }
    }
    end
}
