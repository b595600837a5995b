//! Random texts, and valid tokens with one byte changed.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn refuses_random_texts(raw in ".{0,300}") {
        prop_assert!(verify(&raw).is_err());
    }

    #[test]
    fn refuses_random_parts(parts in proptest::collection::vec("[A-Za-z0-9_-]{0,80}", 1..5)) {
        prop_assert!(verify(&parts.join(".")).is_err());
    }
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let raw = good().sign();
    for at in 0..raw.len() {
        let mut bytes = raw.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(verify(&String::from_utf8(bytes).unwrap()).is_err(), "byte {at}");
    }
}
