//! The two numbers of an RSA public key, compared and checked as numbers: leading zeros do not make another key.

use std::ops::RangeInclusive;

use super::public_key::PublicKeyError;

/// aws-lc's limits, which it checks only when a key is used.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// FIPS 186-5 §5.1: above 2^16; with an exponent of 1 anybody could sign. Above 33 bits aws-lc verifies nothing,
/// since each bit costs every verification.
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

    /// Whether a key of these numbers is strong and usable.
    pub(super) fn check(&self) -> Result<(), PublicKeyError> {
        let modulus = bits(&self.n);
        if !MODULUS_BITS.contains(&modulus) {
            return Err(PublicKeyError::Modulus { bits: modulus });
        }
        // The modulus is a product of odd primes, hence odd; the exponent has no factor in common with an even
        // number, hence odd, too.
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
