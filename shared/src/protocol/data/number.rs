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

    /// Whether a JSON token is within the range of a double. Only numbers with an exponent, or with hundreds of digits,
    /// have to be read for that.
    pub(super) fn is_in_range(token: &[u8]) -> bool {
        /// A number of so many digits is below 10^308, and the largest double is above that.
        const ALWAYS: usize = 308;
        let has_exponent = || token.iter().any(|byte| byte.eq_ignore_ascii_case(&b'e'));
        (token.len() <= ALWAYS && !has_exponent()) || Self::of_json(token).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_in_range_if_and_only_if_it_can_be_read() {
        let mut tokens: Vec<String> = (300..320).map(|length| "9".repeat(length)).collect();
        tokens.extend((300..320).map(|length| format!("-{}.5", "1".repeat(length))));
        let exponents =
            ["1e308", "1E308", "17e307", "18e307", "1e309", "1E+400", "1e-400", "-1e309"];
        tokens.extend(exponents.map(str::to_owned));
        let in_range = |token: &&String| Num::is_in_range(token.as_bytes());
        for token in &tokens {
            assert_eq!(in_range(&token), Num::of_json(token.as_bytes()).is_some(), "{token}");
        }
        let (some, all) = (tokens.iter().filter(in_range).count(), tokens.len());
        assert!(some > 0 && some < all, "{some} of {all}");
    }
}
