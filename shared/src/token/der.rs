//! Keys in DER: the numbers of an RSA key in a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3.1), and
//! whether anything follows a key. Read here and not by the crypto library, which ignores bytes that follow the
//! key: a key must be accepted or refused alike in every form.

use super::rsa_numbers::RsaNumbers;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// `rsaEncryption` with its empty parameters, as every SPKI of an RSA key for RS256 has it.
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The numbers; `None` if `der` is anything else, or longer than the key.
pub(super) fn rsa_numbers(der: &[u8]) -> Option<RsaNumbers> {
    let info = only(SEQUENCE, der)?;
    let (algorithm, rest) = element(SEQUENCE, info)?;
    if algorithm != RSA {
        return None;
    }
    let key = only(BIT_STRING, rest)?.strip_prefix(&[0])?; // no bit of the last byte is unused
    let (n, rest) = element(INTEGER, only(SEQUENCE, key)?)?;
    let e = only(INTEGER, rest)?;
    // A set top bit would make the integer negative.
    let negative = |number: &[u8]| number.first().is_none_or(|first| *first >= 0x80);
    (!negative(n) && !negative(e)).then(|| RsaNumbers::new(n, e))
}

/// Whether `der` is one sequence, as every key is, and not a byte more.
#[must_use]
pub fn is_one_sequence(der: &[u8]) -> bool {
    only(SEQUENCE, der).is_some()
}

/// The content of an element that nothing follows.
fn only(tag: u8, der: &[u8]) -> Option<&[u8]> {
    element(tag, der).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// The content of the element that `der` begins with, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match *first {
        short if short < 0x80 => (usize::from(short), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    // DER requires the shortest form of a length.
    let least = match *first {
        0x81 => 0x80,
        0x82 => 0x100,
        _ => 0,
    };
    if length < least { None } else { rest.split_at_checked(length) }
}
