//! Signatures, times and headers of webhooks, and how many bytes a forged message makes the function hash.

use std::cell::Cell;

use super::*;

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

/// Adds the length of a part that is hashed.
pub(super) fn count(bytes: usize) {
    HASHED.with(|hashed| hashed.set(hashed.get() + bytes));
}

fn hashed_by(job: impl FnOnce()) -> usize {
    let before = HASHED.get();
    job();
    HASHED.get() - before
}

const NOW: i64 = 1_800_000_000;
const BODY: &[u8] = br#"{"type":"session.ended"}"#;

fn secret() -> WebhookSecret {
    WebhookSecret::parse(&format!("whsec_{}", STANDARD.encode([7; 24]))).unwrap()
}

fn sign(key: u8, id: &str, time: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[key; 24]);
    let message = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    format!("v1,{}", STANDARD.encode(hmac::sign(&key, &message)))
}

fn headers(values: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

#[test]
fn accepts_messages_that_are_signed_with_the_secret_and_at_most_five_minutes_old() {
    let verify = |time: i64, signature: &str| {
        let time = time.to_string();
        let headers = headers(&[
            ("svix-id", "msg_1"),
            ("svix-timestamp", &time),
            ("svix-signature", signature),
        ]);
        secret().verify(&headers, BODY, NOW).map(str::to_owned)
    };
    let good = |time: i64| sign(7, "msg_1", &time.to_string(), BODY);
    for (age, expected) in [
        (0, Ok(())),
        (300, Ok(())),
        (-300, Ok(())),
        (301, Err(WebhookError::Time)),
        (-301, Err(WebhookError::Time)),
    ] {
        assert_eq!(verify(NOW - age, &good(NOW - age)).map(|_| ()), expected, "{age}");
    }
    let other = sign(8, "msg_1", &NOW.to_string(), BODY);
    assert_eq!(verify(NOW, &format!("{other} {}", good(NOW))).as_deref(), Ok("msg_1"));
    let nine = format!("{} {}", [other.as_str(); 8].join(" "), good(NOW));
    for wrong in [
        other,
        nine,
        String::new(),
        "v1,".to_owned(),
        good(NOW).replace("v1,", ""),
        good(NOW).replace("v1,", "v1a,"),
        sign(7, "msg_2", &NOW.to_string(), BODY),
        sign(7, "msg_1", &(NOW - 1).to_string(), BODY),
        sign(7, "msg_1", &NOW.to_string(), b"{}"),
    ] {
        assert_eq!(verify(NOW, &wrong), Err(WebhookError::Signature), "{wrong}");
    }
}

#[test]
fn hashes_a_body_once_however_many_signatures_are_claimed_for_it() {
    let body = vec![b'x'; 100_000];
    let forged = sign(8, "msg_1", &NOW.to_string(), &body);
    for signatures in [forged.clone(), [forged.as_str(); 8].join(" "), "v1, ".repeat(10_000)] {
        let headers = headers(&[
            ("svix-id", "msg_1"),
            ("svix-timestamp", &NOW.to_string()),
            ("svix-signature", &signatures),
        ]);
        let spent = hashed_by(|| {
            assert_eq!(secret().verify(&headers, &body, NOW), Err(WebhookError::Signature));
        });
        assert!(spent < body.len() + 100, "{spent}");
    }
}

#[test]
fn needs_each_header_once_in_either_spelling() {
    let time = NOW.to_string();
    let signature = sign(7, "msg_1", &time, BODY);
    let all = |prefix: [&'static str; 3]| {
        headers(&[(prefix[0], "msg_1"), (prefix[1], &time), (prefix[2], &signature)])
    };
    for prefix in [
        ["svix-id", "svix-timestamp", "svix-signature"],
        ["webhook-id", "webhook-timestamp", "webhook-signature"],
    ] {
        assert_eq!(secret().verify(&all(prefix), BODY, NOW), Ok("msg_1"));
        for name in prefix {
            let mut missing = all(prefix);
            missing.remove(name);
            assert_eq!(secret().verify(&missing, BODY, NOW), Err(WebhookError::Headers));
            let mut twice = all(prefix);
            twice.append(name, twice[name].clone());
            assert_eq!(secret().verify(&twice, BODY, NOW), Err(WebhookError::Headers));
        }
    }
    for time in ["", "now", "-1", "+1", "1e9", "99999999999999999999"] {
        let odd = headers(&[
            ("svix-id", "msg_1"),
            ("svix-timestamp", time),
            ("svix-signature", &signature),
        ]);
        assert_eq!(secret().verify(&odd, BODY, NOW), Err(WebhookError::Headers), "{time}");
    }
}

#[test]
fn reads_secrets_as_the_dashboard_shows_them() {
    let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![1; bytes]));
    for (text, fits) in [
        (of(24), true),
        (format!(" {}\n", of(32)), true),
        (of(75), true),
        (of(23), false),
        (of(76), false),
        ("whsec_".to_owned(), false),
        ("whsec_%%%".to_owned(), false),
        (of(24).replace("whsec_", ""), false),
    ] {
        assert_eq!(WebhookSecret::parse(&text).is_some(), fits, "{text}");
    }
    assert_eq!(format!("{:?}", secret()), "WebhookSecret([redacted])");
}
