//! Forged, foreign and malformed ID tokens. Each is refused by the rule for its fault.

use aws_lc_rs::signature::{RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;
use crate::testing::unsigned;

const CUSTOM_TOKEN_AUDIENCE: &str =
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";

fn header(json: &str) -> String {
    TestKeys::shared().sign(json, &good().payload())
}

fn with_kid(rest: &str) -> String {
    header(&format!(r#"{{"alg":"RS256","kid":"test-key"{rest}}}"#))
}

/// A signed token with one part of its payload's text replaced, for payloads that `serde_json::Value` cannot express.
fn payload(from: &str, to: &str) -> String {
    let text = good().payload();
    assert!(text.contains(from), "{text}");
    TestKeys::shared().sign(&good().header_text(), &text.replacen(from, to, 1))
}

#[test]
fn rows_1_to_5_the_algorithm_is_rs256_and_nothing_else() {
    let keys = TestKeys::shared();
    let payload = good().payload();
    for none in ["none", "None", "nOnE", ""] {
        refused(
            none,
            &unsigned(&format!(r#"{{"alg":"{none}","kid":"test-key"}}"#), &payload),
            TokenError::Alg,
        );
    }
    for alg in ["5", "null", "[\"RS256\"]", "{}", "true"] {
        refused(alg, &header(&format!(r#"{{"alg":{alg},"kid":"test-key"}}"#)), TokenError::Alg);
    }
    refused("no alg", &header(r#"{"kid":"test-key"}"#), TokenError::Alg);
    for alg in ["HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "RS256 "] {
        refused(alg, &header(&format!(r#"{{"alg":"{alg}","kid":"test-key"}}"#)), TokenError::Alg);
    }

    // A header with RS256, and a signature by the same key with another algorithm.
    let text = good().header_text();
    for (name, raw) in [
        ("RS384", keys.sign_with(&RSA_PKCS1_SHA384, &text, &payload)),
        ("RS512", keys.sign_with(&RSA_PKCS1_SHA512, &text, &payload)),
        ("PS256", keys.sign_with(&RSA_PSS_SHA256, &text, &payload)),
    ] {
        refused(name, &raw, TokenError::Signature);
    }

    // HS256 with the bytes of the public key as its secret: a verifier that lets the token choose the algorithm
    // accepts it.
    let message = {
        let raw = header(r#"{"alg":"HS256","kid":"test-key"}"#);
        raw.rsplit_once('.').unwrap().0.to_owned()
    };
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, keys.jwks().as_bytes());
    let tag = aws_lc_rs::hmac::sign(&secret, message.as_bytes());
    refused("HS256", &format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)), TokenError::Alg);
}

#[test]
fn rows_6_to_8_the_key_is_named_and_known() {
    refused("row 6: none", &header(r#"{"alg":"RS256"}"#), TokenError::KidMissing);
    refused("row 6: empty", &header(r#"{"alg":"RS256","kid":""}"#), TokenError::KidMissing);
    refused("row 6: null", &header(r#"{"alg":"RS256","kid":null}"#), TokenError::KidMissing);
    for kid in ["5", "{}", "[\"test-key\"]", "true"] {
        let raw = header(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#));
        refused("row 7", &raw, TokenError::KidInvalid);
    }
    for kid in ["../../x", "https://evil/", "'; --", "a b", "k\\u0000", "kéy", &"k".repeat(129)] {
        let raw = header(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#));
        refused("row 7", &raw, TokenError::KidInvalid);
    }
    for kid in ["__proto__", "constructor", "TEST-KEY", "other", &"k".repeat(128)] {
        let raw = header(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#));
        refused("rows 7, 8", &raw, TokenError::KidUnknown);
    }
}

#[test]
fn rows_10_to_13_the_header_brings_no_key_and_no_extension() {
    let stranger = TestKeys::fresh("test-key");
    let jwk = stranger.jwk().to_string();
    for member in [
        r#""jku":"https://evil/jwks""#.to_owned(),
        r#""x5u":"https://evil/cert""#.to_owned(),
        r#""x5c":["MII="]"#.to_owned(),
        format!(r#""jwk":{jwk}"#),
    ] {
        let text = format!(r#"{{"alg":"RS256","kid":"test-key",{member}}}"#);
        refused("row 10", &stranger.sign(&text, &good().payload()), TokenError::Signature);
        assert!(verify(&header(&text)).is_ok(), "ignored if the right key has signed: {member}");
    }
    for crit in [r#"["b64"]"#, "[]", "null", "\"exp\"", "5"] {
        refused("row 11", &with_kid(&format!(r#","crit":{crit}"#)), TokenError::Crit);
    }
    assert!(verify(&with_kid(r#","zip":"DEF","cty":"x","unknown":{"a":[1]}"#)).is_ok(), "row 12");
    for twice in [
        r#","alg":"RS256""#,
        r#","kid":"other""#,
        r#","\u006bid":"other""#,
        r#","typ":"JWT","typ":"x""#,
    ] {
        refused("row 13", &with_kid(twice), TokenError::Malformed);
    }
    for typ in ["\"jwt\"", "\"JWT\"", "\"Jwt\""] {
        assert!(verify(&with_kid(&format!(r#","typ":{typ}"#))).is_ok(), "{typ}");
    }
    for typ in ["\"at+jwt\"", "\"\"", "null", "5", "\"JWT \""] {
        refused("typ", &with_kid(&format!(r#","typ":{typ}"#)), TokenError::Typ);
    }
}

#[test]
fn rows_14_and_15_a_repeated_claim_is_refused() {
    for (from, to) in [
        (r#""exp":"#, r#""exp":1,"exp":"#),
        (r#""exp":"#, r#""\u0065xp":1,"exp":"#),
        (r#""sub":"#, r#""sub":"admin","sub":"#),
        (r#""aud":"#, r#""aud":"other","aud":"#),
        (r#""iss":"#, r#""iss":"other","iss":"#),
        (r#""sub":"#, r#""nbf":1,"nbf":1,"sub":"#),
        (r#""firebase":"#, r#""firebase":{},"firebase":"#),
        (r#""sub":"#, r#""admin":false,"admin":true,"sub":"#),
        (r#""identities":{}"#, r#""tenant":"a","tenant":"b""#),
    ] {
        refused(to, &payload(from, to), TokenError::Malformed);
    }
}

#[test]
fn rows_16_to_20_audience_issuer_and_subject_are_exact_strings() {
    let issuer = format!("https://securetoken.google.com/{PROJECT}");
    for aud in [
        json!([PROJECT]),
        json!([PROJECT, "x"]),
        json!(5),
        json!({}),
        json!(null),
        json!([PROJECT, 5]),
        json!("My-app"),
        json!("my-app "),
        json!("my-app2"),
        json!("https://x/my-app"),
        json!(""),
    ] {
        refused("rows 16, 17", &good().claim("aud", aud).sign(), TokenError::Aud);
    }
    for iss in [
        json!([issuer]),
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!("https://securetoken.google.com/other"),
        json!(issuer.replace("https", "http")),
        json!(null),
        json!(5),
        json!(""),
    ] {
        refused("rows 18, 19", &good().claim("iss", iss).sign(), TokenError::Iss);
    }
    for (claim, error) in
        [("aud", TokenError::Aud), ("iss", TokenError::Iss), ("sub", TokenError::Sub)]
    {
        refused("row 20", &good().without(claim).sign(), error);
    }
}

#[test]
fn rows_21_to_29_times_are_integers_and_in_order() {
    for exp in [
        "\"1900000000\"",
        "true",
        "null",
        "[1900000000]",
        "{}",
        "1e18",
        "1900000000.9",
        "1.9e9",
        "-1",
        "18446744073709551616",
        "18446744073709551615",
        "253402300800",
    ] {
        refused(
            exp,
            &payload(&format!(r#""exp":{}"#, NOW + 3600), &format!(r#""exp":{exp}"#)),
            TokenError::Exp,
        );
    }
    // A number that does not fit a double is not accepted as JSON.
    refused(
        "1e400",
        &payload(&format!(r#""exp":{}"#, NOW + 3600), r#""exp":1e400"#),
        TokenError::Malformed,
    );
    assert!(verify(&good().claim("exp", 253_402_300_799_i64).sign()).is_ok(), "row 24");
    refused("row 25", &good().without("exp").sign(), TokenError::Exp);
    refused("row 26", &good().claim("exp", NOW).sign(), TokenError::Exp);
    assert!(verify(&good().claim("exp", NOW + 1).sign()).is_ok(), "row 26");
    for (claim, error) in
        [("iat", TokenError::Iat), ("nbf", TokenError::Nbf), ("auth_time", TokenError::AuthTime)]
    {
        for fine in [NOW, NOW + 299, NOW + 300, 0] {
            assert!(verify(&good().claim(claim, fine).sign()).is_ok(), "{claim} {fine}");
        }
        for wrong in [
            json!(NOW + 301),
            json!("1700000000"),
            json!(1.5),
            json!(true),
            json!(null),
            json!(-1),
            json!(i64::MAX),
        ] {
            refused(claim, &good().claim(claim, wrong).sign(), error);
        }
    }
    refused("iat is required", &good().without("iat").sign(), TokenError::Iat);
    assert!(verify(&good().without("auth_time").sign()).is_ok());
}

#[test]
fn rows_30_and_31_the_subject_is_a_user_id() {
    for sub in [
        json!(""),
        json!("x".repeat(129)),
        json!("🦀".repeat(65)),
        json!(5),
        json!(["a"]),
        json!(null),
    ] {
        refused("row 30", &good().claim("sub", sub).sign(), TokenError::Sub);
    }
    for sub in ["x".repeat(128), "🦀".repeat(64), "é".repeat(128), "a b/c".to_owned()] {
        assert_eq!(verify(&good().claim("sub", sub.as_str()).sign()).unwrap().uid(), sub, "row 31");
    }
}

#[test]
fn rows_32_to_36_the_form_is_canonical() {
    let raw = good().sign();
    let parts: Vec<&str> = raw.split('.').collect();
    let [head, body, signature] = parts.as_slice() else { panic!() };
    let cases = [
        ("row 32: four parts", format!("{raw}.x")),
        ("row 32: two parts", format!("{head}.{body}")),
        ("row 32: one part", (*head).to_owned()),
        ("row 32: leading dot", format!(".{raw}")),
        ("row 32: trailing dot", format!("{raw}.")),
        ("row 32: empty header", format!(".{body}.{signature}")),
        ("row 32: empty payload", format!("{head}..{signature}")),
        ("row 32: nothing", String::new()),
        ("row 32: dots", "..".to_owned()),
        ("row 33: leading space", format!(" {raw}")),
        ("row 33: trailing space", format!("{raw} ")),
        ("row 33: tab", format!("{raw}\t")),
        ("row 33: newline", format!("{raw}\n")),
        ("row 34: padded signature", format!("{raw}==")),
        ("row 34: padded header", format!("{head}=.{body}.{signature}")),
        ("row 34: padded payload", format!("{head}.{body}=.{signature}")),
        ("row 35: standard alphabet", format!("{head}.{body}.+/{signature}")),
        ("row 35: non-ASCII", format!("{head}.{body}.é{signature}")),
        ("row 65: two tokens", format!("{raw}, Bearer {raw}")),
    ];
    for (name, raw) in cases {
        refused(name, &raw, TokenError::Malformed);
    }
    // 256 bytes leave four unused bits in the last character. In the canonical form they are zero.
    let (kept, last) = signature.split_at(signature.len() - 1);
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = ALPHABET.find(last).unwrap();
    let next = &ALPHABET[at + 1..at + 2];
    refused("row 36", &format!("{head}.{body}.{kept}{next}"), TokenError::Malformed);
    refused("empty signature", &format!("{head}.{body}."), TokenError::Malformed);
    refused("short signature", &format!("{head}.{body}.AAAA"), TokenError::Signature);
}

#[test]
fn rows_37_to_40_header_and_payload_are_one_json_object_each() {
    let keys = TestKeys::shared();
    let (head, body) = (good().header_text(), good().payload());
    assert!(verify(&keys.sign(&format!("{head} \n"), &format!("{body}\t "))).is_ok(), "row 37");
    for (name, head, body) in [
        ("row 37: payload", head.clone(), format!("{body}x")),
        ("row 37: two payloads", head.clone(), format!("{body}{body}")),
        ("row 37: header", format!("{head}x"), body.clone()),
        ("row 38: array", head.clone(), format!("[{body}]")),
        ("row 38: claims by position", head.clone(), r#"["my-app",1,2]"#.to_owned()),
        ("row 38: string", head.clone(), "\"x\"".to_owned()),
        ("row 38: number", head.clone(), "5".to_owned()),
        ("row 38: null", head.clone(), "null".to_owned()),
        ("row 38: header array", "[\"RS256\"]".to_owned(), body.clone()),
        ("row 39: BOM", head.clone(), format!("\u{FEFF}{body}")),
        ("row 39: header BOM", format!("\u{FEFF}{head}"), body.clone()),
        (
            "row 40: deep",
            head.clone(),
            body.replacen('{', &format!(r#"{{"d":{}{},"#, "[".repeat(200), "]".repeat(200)), 1),
        ),
        ("not JSON", head.clone(), "{".to_owned()),
        ("NaN", head, body.replacen('{', r#"{"d":NaN,"#, 1)),
    ] {
        refused(name, &keys.sign(&head, &body), TokenError::Malformed);
    }
    // Invalid UTF-8 in a claim: written as bytes, since a Rust string cannot contain it.
    let bytes = good().claim("x", "MARK").payload().into_bytes();
    let at = bytes.windows(4).position(|window| window == b"MARK").unwrap();
    let mut bytes = bytes;
    bytes[at] = 0xFF;
    let raw = format!(
        "{}.{}.AAAA",
        URL_SAFE_NO_PAD.encode(good().header_text()),
        URL_SAFE_NO_PAD.encode(bytes)
    );
    refused("row 39: UTF-8", &raw, TokenError::Malformed);
}

#[test]
fn rows_41_to_49_tokens_of_other_kinds_are_refused_before_any_key_is_asked_for() {
    let keys = TestKeys::shared();
    let rs256 = r#"{"alg":"RS256","kid":"test-key","typ":"JWT"}"#;
    let times = format!(r#""iat":{NOW},"exp":{}"#, NOW + 300);
    let session_issuer = format!("https://session.firebase.google.com/{PROJECT}");
    let cases = [
        ("row 41: other project", keys.id_token("other-app", "u", NOW).sign(), TokenError::Aud),
        (
            "row 42: App Check",
            keys.sign(rs256, &format!(r#"{{"iss":"https://firebaseappcheck.googleapis.com/123","aud":["projects/123","projects/{PROJECT}"],"sub":"1:123:web:abc",{times}}}"#)),
            TokenError::Aud,
        ),
        ("row 45: session cookie", good().claim("iss", session_issuer).sign(), TokenError::Iss),
        (
            "row 46: auth blocking token",
            good().claim("aud", "https://us-central1-my-app.cloudfunctions.net/beforeSignIn").claim("event_type", "beforeSignIn").sign(),
            TokenError::Aud,
        ),
        (
            "row 46: without a subject",
            good().claim("event_type", "beforeSendSms").without("sub").sign(),
            TokenError::Sub,
        ),
        ("row 47: custom token", good().claim("aud", CUSTOM_TOKEN_AUDIENCE).sign(), TokenError::KindMismatch),
        (
            "row 48: custom token as minted",
            good().without_header("kid").claim("aud", CUSTOM_TOKEN_AUDIENCE).sign(),
            TokenError::KindMismatch,
        ),
        (
            "row 49: another issuer's session",
            keys.sign(rs256, &format!(r#"{{"iss":"https://login.example.com","azp":"https://app.example.com","sub":"user_1","sid":"sess_1",{times}}}"#)),
            TokenError::Aud,
        ),
        ("row 55: emulator token", good().unsigned(), TokenError::Alg),
    ];
    for (name, raw, expected) in cases {
        assert_eq!(inspect(&rules(), &raw, NOW).map(|_| ()), Err(expected), "{name}");
    }
}

#[test]
fn rows_57_and_61_long_tokens_and_wrong_signatures_are_refused() {
    refused("row 57: at the limit", &"a".repeat(16_384), TokenError::Malformed);
    refused("row 57: one byte longer", &"a".repeat(16_385), TokenError::TooLong);
    refused("row 57: 1 MB", &"a".repeat(1 << 20), TokenError::TooLong);

    let (raw, other) = (good().sign(), good().claim("email", "x").sign());
    let signature = other.rsplit_once('.').unwrap().1;
    refused(
        "row 61",
        &format!("{}.{signature}", raw.rsplit_once('.').unwrap().0),
        TokenError::Signature,
    );
    let stranger = TestKeys::fresh("test-key");
    refused(
        "another key of the same id",
        &stranger.id_token(PROJECT, "u", NOW).sign(),
        TokenError::Signature,
    );
}
