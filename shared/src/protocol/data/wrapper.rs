//! Reads 64-bit integers in their wrapper: `{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"3"}`.
//! Android wraps every `Long`, iOS every 64-bit integer, however small, at any depth.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `decode`.

use super::{
    number::Num,
    read_error::{ReadError, Result},
    scan::{byte, past_blanks, past_colon, past_comma, past_value, past_word, string},
    text::Raw,
};

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";
const UINT64: &str = "type.googleapis.com/google.protobuf.UInt64Value";

/// The positions of the two members that make an object a wrapper. If a name is repeated, the last member counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// The position of the value of `@type`.
    kind: Option<usize>,
    /// The position of the value of `value`.
    value: Option<usize>,
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

    /// Notes the position of a member's value if its name is `@type` or `value`.
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
        self.kind.is_some_and(|kind| match byte(text, kind) {
            b'n' | b'f' => false,
            b'"' => !string(text, kind).0.bytes.is_empty(),
            b't' | b'{' | b'[' => true,
            _ => !matches!(number_at(text, kind), Some(Num::Unsigned(0) | Num::Float(0.0))),
        })
    }

    /// The number in a wrapper. Other members are ignored.
    pub(super) fn number(self, text: &[u8]) -> Result<Num> {
        let kind = self.kind.filter(|kind| byte(text, *kind) == b'"');
        let kind = kind.map(|kind| string(text, kind).0);
        if !kind.is_some_and(|kind| kind.is(INT64) || kind.is(UINT64)) {
            return Err(ReadError::new("an @type that is not known"));
        }
        let number = self.value.and_then(|value| parse_number(text, value));
        number.ok_or_else(|| ReadError::new("a 64-bit integer without a number in its value"))
    }
}

fn number_at(text: &[u8], at: usize) -> Option<Num> {
    Num::of_json(text.get(at..past_word(text, at))?)
}

/// P7: what JavaScript's `parseFloat` accepts. DIFFERENCE: whole numbers of up to 64 bits stay exact;
/// the reference rounds them to a double.
fn parse_number(text: &[u8], mut at: usize) -> Option<Num> {
    // JavaScript converts an array to its items joined by commas, and parses up to the first comma.
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
    exact.ok().or_else(|| from_double(decimal(text).parse().ok()?))
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

/// The longest start of `text` that has the form of a decimal number with optional fraction and exponent. It may have
/// no digits.
fn decimal(text: &str) -> &str {
    fn past_sign(text: &str) -> &str {
        text.strip_prefix(['+', '-']).unwrap_or(text)
    }
    fn past_digits(text: &str) -> &str {
        text.trim_start_matches(|char: char| char.is_ascii_digit())
    }
    let rest = past_digits(past_sign(text));
    let rest = rest.strip_prefix('.').map_or(rest, past_digits);
    let exponent = rest.strip_prefix(['e', 'E']).map(past_sign);
    let exponent = exponent.filter(|digits| digits.starts_with(|char: char| char.is_ascii_digit()));
    let rest = exponent.map_or(rest, past_digits);
    text.strip_suffix(rest).unwrap_or_default()
}
