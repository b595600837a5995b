//! Modulus and exponent of an RSA public key, compared and checked as numbers: leading zeros make no difference.

use std::ops::RangeInclusive;

use super::PublicKeyError;

/// The limits of aws-lc, which checks them only when a key is used.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// FIPS 186-5 §5.1: the exponent is above 2^16. With an exponent of 1 anybody could sign. aws-lc refuses exponents
/// above 33 bits, since every bit makes each verification slower.
const EXPONENT_BITS: RangeInclusive<usize> = 17..=33;

/// A modulus and an exponent, big-endian, without leading zeros.
#[derive(PartialEq, Eq)]
pub(super) struct RsaNumbers {
    pub(super) n: Vec<u8>,
    pub(super) e: Vec<u8>,
}

impl RsaNumbers {
    /// Reads two big-endian numbers.
    pub(super) fn new(n: &[u8], e: &[u8]) -> Self {
        Self { n: without_leading_zeros(n).to_owned(), e: without_leading_zeros(e).to_owned() }
    }

    /// Refuses numbers that make a weak key, or one that aws-lc cannot use.
    pub(super) fn check(&self) -> Result<(), PublicKeyError> {
        let modulus = bits(&self.n);
        if !MODULUS_BITS.contains(&modulus) {
            return Err(PublicKeyError::Modulus { bits: modulus });
        }
        // The modulus is a product of odd primes, so it is odd. The exponent is coprime to (p - 1)(q - 1), which
        // is even, so the exponent is odd, too.
        if !is_odd(&self.n) {
            return Err(PublicKeyError::EvenModulus);
        }
        if EXPONENT_BITS.contains(&bits(&self.e)) && is_odd(&self.e) {
            Ok(())
        } else {
            Err(PublicKeyError::Exponent)
        }
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}
