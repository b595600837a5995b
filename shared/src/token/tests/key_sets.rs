//! Which documents are key sets, and which of their entries are used.

use serde_json::Value;

use super::*;
use crate::token::key_set::MAX_KEYS;

fn jwks(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

/// The shared key's JWK with one member changed; null removes the member.
fn jwk(member: &str, value: Value) -> Value {
    let mut jwk = TestKeys::shared().jwk();
    match value {
        Value::Null => {
            jwk.as_object_mut().unwrap().remove(member);
        }
        value => jwk[member] = value,
    }
    jwk
}

/// A modulus of this many bits, with the top bit set. The number is well-formed, but not made from primes.
fn modulus(bits: usize) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = vec![0xAB; bits / 8];
    bytes[0] = 0xC0;
    Value::String(URL_SAFE_NO_PAD.encode(bytes))
}

#[test]
fn leaves_out_entries_that_cannot_verify_tokens_and_uses_the_rest() {
    let odd = [
        ("kty", json!("EC")),
        ("kty", json!("oct")),
        ("kty", Value::Null),
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("PS256")),
        ("alg", json!("made-up")),
        ("alg", json!(["RS256"])),
        ("use", json!(["sig"])),
        ("key_ops", json!([])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!(["encrypt", "wrapKey"])),
        ("key_ops", json!("verify")),
        ("key_ops", json!([["verify"]])),
        ("kid", Value::Null),
        ("kid", json!("")),
        ("kid", json!(5)),
        ("kid", json!("k".repeat(129))),
        ("kid", json!("a b")),
        ("n", json!("!!")),
        ("n", Value::Null),
        ("n", json!("")),
        ("n", modulus(1024)),
        ("n", modulus(2040)),
        ("n", modulus(8200)),
        ("e", json!("")),
        ("e", json!("AQ")),
        ("e", json!("Aw")),
        ("e", json!("AAAAAw")),
        ("e", Value::Null),
    ];
    for (member, value) in odd {
        let alone = jwks(&[jwk(member, value.clone())]);
        let Err(KeySetError::NoneUsable(left_out)) = KeySet::from_jwks(&alone) else {
            panic!("{member}: {value}")
        };
        assert_eq!(left_out.reasons().count(), 1, "{member}: {value}");
        let mut other = TestKeys::shared().jwk();
        other["kid"] = json!("other");
        let both = KeySet::from_jwks(&jwks(&[jwk(member, value), json!("odd"), other])).unwrap();
        assert!(both.get("other").is_some());
        assert_eq!(both.len(), 1);
        assert_eq!(both.left_out().reasons().count(), 2);
    }
    for (member, value) in [
        ("use", Value::Null),
        ("alg", Value::Null),
        ("key_ops", json!(["verify"])),
        ("key_ops", json!(["sign", "verify"])),
        ("kid", json!("k".repeat(128))),
        // These members are ignored, whatever their value is.
        ("x5c", json!("not a list")),
        ("x5t", json!(5)),
        ("ext", json!("true")),
    ] {
        assert_eq!(KeySet::from_jwks(&jwks(&[jwk(member, value)])).unwrap().len(), 1, "{member}");
    }
}

#[test]
fn refuses_documents_that_are_not_key_sets() {
    let key = TestKeys::shared().jwk();
    let mut with_error: Value = serde_json::from_slice(&jwks(std::slice::from_ref(&key))).unwrap();
    with_error["error"] = json!({"code": 500});
    for document in [
        &b""[..],
        b"[]",
        format!("[[{key}],null]").as_bytes(),
        b"{}",
        b"null",
        b"garbage",
        b"<html></html>",
        br#"{"keys":{}}"#,
        br#"{"keys":null}"#,
        with_error.to_string().as_bytes(),
        // Google's other form, with certificates, which expire. It is not accepted, so row 59 cannot occur.
        br#"{"kid1":"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"}"#,
    ] {
        assert_eq!(KeySet::from_jwks(document).map(|_| ()), Err(KeySetError::NotAKeySet));
    }
    assert_eq!(why_none(&[]), "an empty JWK set");
    let marked = [b"\xEF\xBB\xBF", &jwks(std::slice::from_ref(&key))[..]].concat();
    assert_eq!(KeySet::from_jwks(&marked).unwrap().len(), 1, "a byte order mark");
    let many: Vec<Value> =
        (0..=MAX_KEYS).map(|index| jwk("kid", json!(format!("k{index}")))).collect();
    assert_eq!(KeySet::from_jwks(&jwks(&many)).map(|_| ()), Err(KeySetError::TooMany));
    assert_eq!(KeySet::from_jwks(&jwks(&many[1..])).unwrap().len(), MAX_KEYS);
}

/// The error of a set without a usable key.
fn why_none(keys: &[Value]) -> String {
    KeySet::from_jwks(&jwks(keys)).unwrap_err().to_string()
}

#[test]
fn different_keys_with_one_id_are_left_out_and_others_are_not() {
    let first = TestKeys::shared().jwk();
    let second = TestKeys::fresh("test-key").jwk();
    let mut other = TestKeys::fresh("other").jwk();
    let mut zeros = first.clone();
    zeros["e"] = json!("AAEAAQ");
    let mut weak = first.clone();
    weak["n"] = modulus(1024);
    let mut encrypts = second.clone();
    encrypts["use"] = json!("enc");

    let used = |keys: &[&Value]| {
        let keys: Vec<Value> = keys.iter().map(|key| (*key).clone()).collect();
        let set = KeySet::from_jwks(&jwks(&keys)).unwrap();
        let mut ids: Vec<&str> =
            ["test-key", "other"].into_iter().filter(|kid| set.get(kid).is_some()).collect();
        ids.sort_unstable();
        (ids.join(" "), set.left_out().reasons().collect::<Vec<_>>())
    };
    let ambiguous = PublicKeyError::Ambiguous;
    let all = "other test-key".to_owned();
    for (keys, expected) in [
        (vec![&first, &first, &other], (all.clone(), vec![])),
        (vec![&first, &zeros, &other], (all.clone(), vec![])),
        (vec![&first, &second, &other], ("other".to_owned(), vec![ambiguous; 2])),
        (vec![&first, &other, &second, &first], ("other".to_owned(), vec![ambiguous; 3])),
        (vec![&weak, &first, &other], (all.clone(), vec![PublicKeyError::Modulus { bits: 1024 }])),
        (vec![&first, &encrypts, &other], (all, vec![PublicKeyError::Use])),
    ] {
        assert_eq!(used(&keys), expected);
    }
    other["kid"] = json!("test-key");
    let both = "entry 1 (test-key) has the same id as an entry with a different key; \
                entry 2 (test-key) has the same id as an entry with a different key";
    assert_eq!(why_none(&[first, other]), format!("a JWK set without a key for RS256: {both}"));
}

#[test]
fn describes_the_entries_left_out_in_a_form_that_is_safe_to_log() {
    let mut set = vec![TestKeys::shared().jwk(), jwk("kid", json!("a\nb")), json!("odd")];
    set.extend([jwk("n", modulus(1024)), jwk("e", json!("Aw")), jwk("key_ops", json!(["sign"]))]);
    let read = KeySet::from_jwks(&jwks(&set)).unwrap();
    let said = read.left_out().to_string();
    for part in [
        "entry 2 has no valid key id",
        "entry 3 is not a JSON object with distinct names",
        "entry 4 (test-key) has a modulus of 1024 bits instead of 2048 to 8192",
        "entry 5 (test-key) has an exponent that is even, below 65537 or above 33 bits",
        "entry 6 (test-key) is not for verifying signatures",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains(['\n', '"']), "{said}");
    assert!(!read.left_out().is_expected());

    let many: Vec<Value> = (0..MAX_KEYS).map(|_| jwk("kid", json!("x y".repeat(99)))).collect();
    let said = why_none(&many);
    assert!(said.ends_with("; and 24 more") && said.len() < 600, "{said}");
    let repeated = TestKeys::shared().jwk().to_string().replacen("{", r#"{"alg":"RS256","#, 1);
    let document = format!(r#"{{"keys":[{repeated}]}}"#);
    let said = KeySet::from_jwks(document.as_bytes()).unwrap_err().to_string();
    assert!(said.ends_with("entry 1 is not a JSON object with distinct names"), "{said}");

    let other_uses =
        [jwk("kty", json!("EC")), jwk("use", json!("enc")), jwk("alg", json!("PS256"))];
    let set = [&other_uses[..], &[TestKeys::shared().jwk()]].concat();
    assert!(KeySet::from_jwks(&jwks(&set)).unwrap().left_out().is_expected());
}

#[test]
fn debug_output_shows_no_key() {
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let printed = format!("{keys:?}");
    assert!(!printed.contains("RSA") && printed.len() < 80, "{printed}");
    assert_eq!(keys.len(), 1);
}
