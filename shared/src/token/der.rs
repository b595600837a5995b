//! Keys in DER: reads modulus and exponent from a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3.1), and checks
//! whether bytes follow a key. The crypto library ignores such bytes; without the check, a key could be accepted in one
//! form and refused in another.

use super::rsa_numbers::RsaNumbers;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// `rsaEncryption` with its empty parameters, the algorithm of every RSA key for RS256.
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Modulus and exponent; `None` if `der` is not exactly one RSA public key.
pub(super) fn rsa_numbers(der: &[u8]) -> Option<RsaNumbers> {
    let info = only(SEQUENCE, der)?;
    let (algorithm, rest) = element(SEQUENCE, info)?;
    if algorithm != RSA {
        return None;
    }
    let key = only(BIT_STRING, rest)?.strip_prefix(&[0])?; // 0: the last byte has no unused bits
    let (n, rest) = element(INTEGER, only(SEQUENCE, key)?)?;
    let e = only(INTEGER, rest)?;
    // A set top bit would make the integer negative.
    let negative = |number: &[u8]| number.first().is_none_or(|first| *first >= 0x80);
    (!negative(n) && !negative(e)).then(|| RsaNumbers::new(n, e))
}

/// Whether `der` is one sequence, the outermost element of every key, and no byte follows it.
#[must_use]
pub fn is_one_der_sequence(der: &[u8]) -> bool {
    only(SEQUENCE, der).is_some()
}

/// The content of the first element of `der`, if no byte follows the element.
fn only(tag: u8, der: &[u8]) -> Option<&[u8]> {
    element(tag, der).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// The content of the first element of `der`, and the bytes after the element.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    // DER requires the shortest form of a length, so each longer form has a smallest value.
    let (length, least, rest) = match *first {
        short if short < 0x80 => (usize::from(short), 0, rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), 0x80, rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), 0x100, rest)
        }
        _ => return None,
    };
    if length < least { None } else { rest.split_at_checked(length) }
}
