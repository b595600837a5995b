//! Which documents are key sets, and which of their entries are keys.

use serde_json::Value;

use super::*;

fn jwks(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

/// The shared key's JWK with one member changed; null takes the member out.
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

/// A modulus of this many bits, with the top bit set; prime or not, it is a well-formed number.
fn modulus(bits: usize) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = vec![0xAB; bits / 8];
    bytes[0] = 0xC0;
    Value::String(URL_SAFE_NO_PAD.encode(bytes))
}

#[test]
fn leaves_out_what_is_no_key_of_ours_and_keeps_the_rest() {
    let odd = [
        ("kty", json!("EC")),
        ("kty", json!("oct")),
        ("kty", Value::Null),
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("PS256")),
        ("alg", json!("made-up")),
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
        assert_eq!(
            KeySet::from_jwks(&alone).map(|_| ()),
            Err(KeySetError::NoneUsable),
            "{member}: {value}"
        );
        let mut other = TestKeys::shared().jwk();
        other["kid"] = json!("other");
        let both = KeySet::from_jwks(&jwks(&[jwk(member, value), json!("odd"), other])).unwrap();
        assert!(both.get("other").is_some());
        assert_eq!(both.len(), 1);
    }
    for (member, value) in
        [("use", Value::Null), ("alg", Value::Null), ("kid", json!("k".repeat(128)))]
    {
        assert_eq!(KeySet::from_jwks(&jwks(&[jwk(member, value)])).unwrap().len(), 1, "{member}");
    }
}

#[test]
fn refuses_documents_that_are_no_key_sets() {
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
        // The certificate form, with the keys' expiry dates: not read, so that row 59 cannot arise.
        br#"{"kid1":"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"}"#,
    ] {
        assert_eq!(KeySet::from_jwks(document).map(|_| ()), Err(KeySetError::NotAKeySet));
    }
    assert_eq!(KeySet::from_jwks(&jwks(&[])).map(|_| ()), Err(KeySetError::NoneUsable));
    assert_eq!(
        KeySet::from_jwks(&jwks(&[key.clone(), key.clone()])).map(|_| ()),
        Err(KeySetError::Ambiguous)
    );
    let many: Vec<Value> =
        (0..=MAX_KEYS).map(|index| jwk("kid", json!(format!("k{index}")))).collect();
    assert_eq!(KeySet::from_jwks(&jwks(&many)).map(|_| ()), Err(KeySetError::TooMany));
    assert_eq!(KeySet::from_jwks(&jwks(&many[1..])).unwrap().len(), MAX_KEYS);
}

#[test]
fn shows_no_key_when_printed() {
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let printed = format!("{keys:?}");
    assert!(!printed.contains("RSA") && printed.len() < 80, "{printed}");
    assert!(!keys.is_empty());
}
