//! Reads numbers: integers of up to 64 bits exactly, all others as a double.

use serde::de::{Error, Visitor};

/// A number in JSON text or in a 64-bit wrapper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Num {
    Unsigned(u64),
    /// Below zero.
    Signed(i64),
    /// Finite.
    Float(f64),
}

impl Num {
    /// The number of a JSON token; `None` if it is outside the range of a double.
    pub(super) fn of_json(token: &[u8]) -> Option<Self> {
        let negative = token.strip_prefix(b"-");
        let digits = negative.unwrap_or(token);
        let whole = digits.iter().try_fold(0_u64, |value, digit| {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value.checked_mul(10)?.checked_add(u64::from(digit))
        });
        let exact = whole.and_then(|value| match value {
            _ if negative.is_none() => Some(Self::Unsigned(value)),
            // -0 is a double in JavaScript, where it differs from 0.
            0 => Some(Self::Float(-0.0)),
            _ => 0_i64.checked_sub_unsigned(value).map(Self::Signed),
        });
        exact.or_else(|| Self::of_double(std::str::from_utf8(token).ok()?.parse().ok()?))
    }

    pub(super) fn of_double(double: f64) -> Option<Self> {
        double.is_finite().then_some(Self::Float(double))
    }

    pub(super) fn visit<'de, V: Visitor<'de>, E: Error>(self, visitor: V) -> Result<V::Value, E> {
        match self {
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Float(value) => visitor.visit_f64(value),
        }
    }
}
