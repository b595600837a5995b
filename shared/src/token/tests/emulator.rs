//! Tokens of the Auth emulator: unsigned only, with every claim rule. Its address: local hosts only.

use super::*;
use crate::testing::unsigned;
use crate::token::emulator::is_demo_project;

fn emulated(raw: &str) -> Result<AuthData, TokenError> {
    EmulatorIdTokenRules::new(rules()).verify(raw, NOW)
}

#[test]
fn accepts_an_unsigned_token_that_meets_every_claim_rule() {
    assert_eq!(emulated(&good().unsigned()).unwrap().uid(), "user-1");
    for (expected, token) in [
        (TokenError::Aud, good().claim("aud", "other")),
        (TokenError::Iss, good().claim("iss", "other")),
        (TokenError::Sub, good().claim("sub", "")),
        (TokenError::Exp, good().claim("exp", NOW)),
        (TokenError::Iat, good().claim("iat", NOW + 301)),
        (TokenError::Nbf, good().claim("nbf", NOW + 301)),
        (TokenError::AuthTime, good().claim("auth_time", NOW + 301)),
        (TokenError::Tenant, good().claim("firebase", json!({"tenant": 5}))),
    ] {
        assert_eq!(emulated(&token.unsigned()).map(|_| ()), Err(expected));
    }
}

#[test]
fn refuses_signed_tokens_and_signatures_on_unsigned_ones() {
    assert_eq!(emulated(&good().sign()).map(|_| ()), Err(TokenError::Alg));
    let signed = TestKeys::shared().sign(r#"{"alg":"none","typ":"JWT"}"#, &good().payload());
    assert_eq!(emulated(&signed).map(|_| ()), Err(TokenError::Signature));
    for alg in ["None", "NONE", ""] {
        let raw = unsigned(&format!(r#"{{"alg":"{alg}"}}"#), &good().payload());
        assert_eq!(emulated(&raw).map(|_| ()), Err(TokenError::Alg), "{alg}");
    }
    let twice = unsigned(r#"{"alg":"none","alg":"none"}"#, &good().payload());
    assert_eq!(emulated(&twice).map(|_| ()), Err(TokenError::Malformed));
    let critical = unsigned(r#"{"alg":"none","crit":[]}"#, &good().payload());
    assert_eq!(emulated(&critical).map(|_| ()), Err(TokenError::Crit));
}

#[test]
fn accepts_only_hosts_that_are_local() {
    use crate::token::emulator::EmulatorHostError::{Form, Public};
    let cases = [
        ("127.0.0.1:9099", Ok(())),
        ("localhost:9099", Ok(())),
        ("host.docker.internal:9099", Ok(())),
        ("[::1]:9099", Ok(())),
        ("[fc00::1]:9099", Ok(())),
        ("10.0.0.5:9099", Ok(())),
        ("172.16.0.1:9099", Ok(())),
        ("172.31.255.255:9099", Ok(())),
        ("192.168.1.1:9099", Ok(())),
        ("firebase:9099", Ok(())),
        ("auth-emulator:9099", Ok(())),
        ("Auth_Emulator2:9099", Ok(())),
        ("host.containers.internal:9099", Ok(())),
        ("firebase.:9099", Err(Public)),
        ("firebase.com:9099", Err(Public)),
        ("-firebase:9099", Err(Public)),
        ("134744072:9099", Err(Public)),
        ("0x8080808:9099", Err(Public)),
        ("f%2eexample%2ecom:9099", Err(Public)),
        ("fire base:9099", Err(Public)),
        ("fïrebase:9099", Err(Public)),
        ("firebase?:9099", Err(Public)),
        ("firebase\\x:9099", Err(Public)),
        ("172.32.0.1:9099", Err(Public)),
        ("8.8.8.8:9099", Err(Public)),
        ("0.0.0.0:9099", Err(Public)),
        ("[2001:db8::1]:9099", Err(Public)),
        ("auth.example.com:9099", Err(Public)),
        ("localhost.example.com:9099", Err(Public)),
        ("http://127.0.0.1:9099", Err(Form)),
        ("127.0.0.1", Err(Form)),
        ("127.0.0.1:", Err(Form)),
        ("127.0.0.1:0", Err(Form)),
        ("localhost:+9099", Err(Form)),
        ("127.0.0.1:65536", Err(Form)),
        ("::1:9099", Err(Form)),
        (":9099", Err(Form)),
        ("", Err(Form)),
    ];
    for (text, expected) in cases {
        assert_eq!(EmulatorHost::parse(text).map(|_| ()), expected, "{text}");
    }
    let of_length = |length| EmulatorHost::parse(&format!("{}:9099", "a".repeat(length))).is_ok();
    assert!(of_length(63) && !of_length(64), "a label of a name has 63 characters at most");
}

#[test]
fn recognizes_projects_that_exist_only_in_emulators() {
    assert!(is_demo_project("demo-app"));
    for real in ["my-app", "demo", "demoapp", "my-demo-app", "DEMO-app", ""] {
        assert!(!is_demo_project(real), "{real}");
    }
}
