//! One table of keys, read in every form: JWK, PEM, modulus and exponent.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;
use crate::testing::{der, pem, spki};

/// A big-endian odd number of this many bits: a well-formed modulus, but not made from primes.
fn number(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xAB; bits.div_ceil(8)];
    bytes[0] = 1 << ((bits - 1) % 8);
    bytes
}

fn public_pem(der: &[u8]) -> String {
    pem("PUBLIC KEY", der)
}

/// A DER integer whose top bit is set would be negative: adds a zero byte in front.
fn positive(number: &[u8]) -> Vec<u8> {
    [&[0][..], number].concat()
}

fn by_jwk(n: &[u8], e: &[u8]) -> Result<(), PublicKeyError> {
    let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let jwk = json!({"kty": "RSA", "kid": "k", "n": text(n), "e": text(e)});
    match KeySet::from_jwks(json!({"keys": [jwk]}).to_string().as_bytes()) {
        Ok(_) => Ok(()),
        Err(KeySetError::NoneUsable(left_out)) => Err(left_out.reasons().next().unwrap()),
        Err(other) => panic!("{other}"),
    }
}

fn by_pem(n: &[u8], e: &[u8]) -> Result<(), PublicKeyError> {
    PublicKey::from_pem(&public_pem(&spki(&positive(n), &positive(e)))).map(|_| ())
}

#[test]
fn applies_the_same_checks_to_a_key_in_every_form() {
    let usual = [1, 0, 1];
    let bits = |bits| Err(PublicKeyError::Modulus { bits });
    let even = |bits| {
        let mut number = number(bits);
        *number.last_mut().unwrap() &= 0xFE;
        number
    };
    let exponent = Err(PublicKeyError::Exponent);
    let cases: [(Vec<u8>, Vec<u8>, Result<(), PublicKeyError>); 19] = [
        (number(2048), usual.to_vec(), Ok(())),
        (number(2049), usual.to_vec(), Ok(())),
        (number(3072), usual.to_vec(), Ok(())),
        (number(4096), usual.to_vec(), Ok(())),
        (number(8192), usual.to_vec(), Ok(())),
        (number(512), usual.to_vec(), bits(512)),
        (number(1024), usual.to_vec(), bits(1024)),
        (number(1536), usual.to_vec(), bits(1536)),
        (number(2047), usual.to_vec(), bits(2047)),
        (number(8193), usual.to_vec(), bits(8193)),
        (number(16_384), usual.to_vec(), bits(16_384)),
        (even(2048), usual.to_vec(), Err(PublicKeyError::EvenModulus)),
        (number(2048), vec![0], exponent),
        (number(2048), vec![1], exponent),
        (number(2048), vec![3], exponent),
        (number(2048), vec![0xFF, 0xFF], exponent),
        (number(2048), vec![1, 0, 0], exponent),
        (number(2048), vec![1, 0, 0, 0, 1], Ok(())),
        (number(2048), vec![2, 0, 0, 0, 1], exponent),
    ];
    for (n, e, expected) in cases {
        let name = format!("{} bits, e {e:?}", n.len() * 8);
        assert_eq!(by_jwk(&n, &e), expected, "JWK: {name}");
        assert_eq!(by_pem(&n, &e), expected, "PEM: {name}");
        let direct = PublicKey::from_modulus_and_exponent(&n, &e).map(|_| ());
        assert_eq!(direct, expected, "numbers: {name}");
        for zeros in 1..=4 {
            let padded = |number: &[u8]| [&vec![0; zeros][..], number].concat();
            assert_eq!(by_jwk(&padded(&n), &padded(&e)), expected, "JWK, {zeros} zeros: {name}");
            assert_eq!(by_pem(&padded(&n), &padded(&e)), expected, "PEM, {zeros} zeros: {name}");
        }
    }
}

/// Modulus and exponent of the shared key, from its JWK.
fn numbers() -> (Vec<u8>, Vec<u8>) {
    let jwk = TestKeys::shared().jwk();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    (part("n"), part("e"))
}

#[test]
fn a_key_with_leading_zeros_verifies_tokens_of_every_kind() {
    let (n, e) = numbers();
    for zeros in [1, 2, 7] {
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode([&vec![0; zeros][..], number].concat());
        let mut jwk = TestKeys::shared().jwk();
        jwk["n"] = json!(text(&n));
        jwk["e"] = json!(text(&e));
        let keys = KeySet::from_jwks(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        assert!(keys.left_out().is_empty());
        let key = keys.get("test-key").unwrap();

        let id_token = good().sign();
        assert!(inspect(&rules(), &id_token, NOW).unwrap().verify(key).is_ok());
        let app = TestKeys::shared().app_check_token(PROJECT, "1", "1:1:web:1", NOW).sign();
        assert!(inspect(&AppCheckRules::new(PROJECT), &app, NOW).unwrap().verify(key).is_ok());
    }
}

#[test]
fn reads_exactly_one_pem_block_however_its_lines_end() {
    let good = TestKeys::shared().public_key_pem();
    let (message, signature) = {
        let token = super::good().sign();
        let (message, signature) = token.rsplit_once('.').unwrap();
        (message.to_owned(), URL_SAFE_NO_PAD.decode(signature).unwrap())
    };
    for text in [
        good.clone(),
        good.trim_end().to_owned(),
        format!("\n  {good}\n\n"),
        good.replace('\n', "\r\n"),
        good.replace('\n', "\\n"),
        good.replace('\n', "\\r\\n"),
        good.replace('\n', " "),
        good.replace('\n', ""),
    ] {
        let key = PublicKey::from_pem(&text).unwrap();
        assert!(key.verifies(message.as_bytes(), &signature), "{text}");
    }
    let (n, e) = numbers();
    let der = spki(&positive(&n), &e);
    assert_eq!(public_pem(&der), good, "the DER of `spki` equals that of the library");
    let other = TestKeys::fresh("other").public_key_pem();
    for text in [
        String::new(),
        "not a key".to_owned(),
        format!("{good}x"),
        format!("{good}{good}"),
        format!("{good}{other}"),
        format!("{other}{good}"),
        format!("The key:\n{good}"),
        format!("{good}-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
        good.replace("-----END PUBLIC KEY-----", ""),
        good.replace("END PUBLIC", "END PRIVATE"),
        good.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        good.replace("PUBLIC KEY", "CERTIFICATE"),
        good.replace("PUBLIC KEY", "public key"),
        good.replacen("MII", "M-I", 1),
        good.replacen("MII", "MI", 1),
        TestKeys::shared().private_key_pem(),
        "-".repeat(40_000),
    ] {
        assert_eq!(PublicKey::from_pem(&text).map(|_| ()), Err(PublicKeyError::Pem), "{text}");
    }
}

#[test]
fn refuses_der_that_is_not_exactly_one_rsa_public_key() {
    let (n, e) = numbers();
    let n = positive(&n);
    let good = spki(&n, &e);
    let after_the_numbers = {
        let key = der(0x30, &[der(2, &n), der(2, &e), vec![5, 0]].concat());
        [&good[..4 + 15], &der(3, &[&[0][..], &key].concat())].concat()
    };
    let after_the_sequence = {
        let key = der(0x30, &[der(2, &n), der(2, &e)].concat());
        [&good[..4 + 15], &der(3, &[&[0][..], &key, &[0]].concat())].concat()
    };
    let long_form = [&[0x30, 0x83, 0, good[2], good[3]][..], &good[4..]].concat();
    let mut pss = good.clone();
    pss[4 + 12] = 10;
    let mut unused_bits = good.clone();
    unused_bits[4 + 15 + 4] = 1;
    for (name, der) in [
        ("nothing", Vec::new()),
        ("a byte after the key", [&good[..], &[0]].concat()),
        ("a null after the numbers", der(0x30, &after_the_numbers[4..])),
        ("a byte in the bit string", der(0x30, &after_the_sequence[4..])),
        ("cut off", good[..good.len() - 1].to_vec()),
        ("a negative modulus", spki(&n[1..], &e)),
        ("an empty exponent", spki(&n, &[])),
        ("a length in more bytes than it needs", long_form),
        ("a key for PSS", pss),
        ("unused bits", unused_bits),
        ("the numbers alone", der(0x30, &[der(2, &n), der(2, &e)].concat())),
    ] {
        let outcome = PublicKey::from_pem(&public_pem(&der)).map(|_| ());
        assert_eq!(outcome, Err(PublicKeyError::Spki), "{name}");
    }
    // No bytes cause a panic.
    for at in 0..good.len().min(64) {
        for byte in [0, 1, 0x7F, 0x80, 0x82, 0xFF] {
            let mut der = good.clone();
            der[at] = byte;
            let _ = PublicKey::from_pem(&public_pem(&der));
            let _ = PublicKey::from_pem(&public_pem(&der[..at]));
        }
    }
}
