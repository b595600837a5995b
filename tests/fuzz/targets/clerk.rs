//! Any webhook, and any claims in a session token that Clerk has signed.
//!
//! Holds: only a message with the right signature of the last five minutes is accepted; a session's ids have Clerk's
//! form; claims about an organization are read or refused.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use firebase_callable_clerk::{
    ClerkClaim, ClerkRules, WebhookError, WebhookSecret, testing::ClerkTestKeys,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};
use serde_json::Value;
use shared::{
    testing::{NOW, TestKeys},
    token::{KeySet, inspect},
};

const ISSUER: &str = "https://clerk.example.com";
const PARTY: &str = "https://app.example.com";
const KEY: &[u8] = b"a key of 24 bytes length";

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Webhook {
        /// `svix-` or `webhook-`, by each bit.
        names: u8,
        id: &'a [u8],
        time: Time<'a>,
        /// In place of the right one.
        signature: Option<&'a [u8]>,
        /// Between the right signature and others.
        others: &'a str,
        body: &'a [u8],
    },
    /// The members of an object, which are added to the claims.
    Session(&'a str),
    Secret(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Time<'a> {
    FromNow(i16),
    Text(&'a [u8]),
}

static KEYS: LazyLock<TestKeys> = LazyLock::new(TestKeys::shared);
static SET: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::from_jwks(KEYS.jwks().as_bytes()).expect("a key set"));

fn check_session(members: &str) {
    let Ok(Value::Object(members)) = serde_json::from_str(&format!("{{{members}}}")) else {
        return;
    };
    let mut token = KEYS.clerk_session(ISSUER, PARTY, "user_ada", NOW);
    for (name, value) in members {
        token = token.claim(&name, value);
    }
    let raw = token.sign();
    let rules = ClerkRules::new(ISSUER, [PARTY]);
    let key = SET.get(KEYS.kid()).expect("the key of the set");
    let Ok(session) = inspect(&rules, &raw, NOW).and_then(|token| token.verify(key)) else {
        return;
    };
    let user = session.user_id();
    assert!(user.starts_with("user_") && user.len() <= 128 && user.is_ascii(), "{user}");
    assert!(!format!("{session:?}").contains(user), "an id in Debug");
    let organization = session.organization();
    let all = [
        ClerkClaim::OrganizationId,
        ClerkClaim::OrganizationSlug,
        ClerkClaim::OrganizationRole,
        ClerkClaim::SessionId,
    ];
    let claims = ClerkClaim::of(&session, &all);
    assert_eq!(claims.is_ok(), organization.is_ok());
    if let (Ok(claims), Ok(organization)) = (claims, organization) {
        assert_eq!(claims.contains_key("org_id"), organization.is_some());
        assert!(organization.is_none_or(|it| it.permissions.len() < 4096));
    }
}

fn add(headers: &mut HeaderMap, name: String, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.append(HeaderName::try_from(name).expect("a name"), value);
    }
}

fn check_webhook(
    names: u8,
    id: &[u8],
    time: &Time<'_>,
    signature: Option<&[u8]>,
    others: &str,
    body: &[u8],
) {
    let secret =
        WebhookSecret::parse(&format!("whsec_{}", STANDARD.encode(KEY))).expect("a secret");
    let time = match time {
        Time::FromNow(seconds) => (NOW + i64::from(*seconds)).to_string().into_bytes(),
        Time::Text(text) => text.to_vec(),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
    let signed = [id, b".", &time, b".", body].concat();
    let right = format!("{others}v1,{}", STANDARD.encode(hmac::sign(&key, &signed)));
    let is_right = signature.is_none();
    let signature = signature.unwrap_or(right.as_bytes());
    let name = |bit: u8, name: &str| match names >> bit & 1 {
        0 => format!("svix-{name}"),
        _ => format!("webhook-{name}"),
    };
    let mut headers = HeaderMap::new();
    add(&mut headers, name(0, "id"), id);
    add(&mut headers, name(1, "timestamp"), &time);
    add(&mut headers, name(2, "signature"), signature);
    let verified = secret.verify(&headers, body, NOW);
    let sent: Option<i64> = std::str::from_utf8(&time).ok().and_then(|time| time.parse().ok());
    match verified {
        Ok(verified) => {
            assert_eq!(verified.as_bytes(), id);
            assert!(
                is_right
                    || signature == right.as_bytes()
                    || contains(signature, &right[others.len()..])
            );
            assert!(sent.is_some_and(|sent| (NOW - sent).abs() <= 300));
        }
        Err(WebhookError::Time) => {
            assert!(sent.is_none_or(|sent| (NOW.saturating_sub(sent)).abs() > 300))
        }
        // `others` may make the value no header, or push the right one past the eighth place.
        Err(_) => assert!(
            !is_right
                || !others.is_empty()
                || !id.iter().all(|it| (b' '..=b'~').contains(it))
                || id.is_empty()
                || id.len() > 256
                || !time.iter().all(u8::is_ascii_digit)
                || time.is_empty()
                || sent.is_none()
                || id.iter().any(|it| *it == b' '),
            "{headers:?}"
        ),
    }
}

fn contains(signatures: &[u8], right: &str) -> bool {
    signatures.split(|byte| *byte == b' ').any(|signature| signature == right.as_bytes())
}

fuzz_target!(|input: Input| {
    match input {
        Input::Webhook { names, id, time, signature, others, body } => {
            check_webhook(names, id, &time, signature, others, body);
        }
        Input::Session(members) => check_session(members),
        Input::Secret(text) => {
            if let Some(secret) = WebhookSecret::parse(text) {
                assert!(!format!("{secret:?}").contains(text.trim()), "a secret in Debug");
            }
        }
    }
});
