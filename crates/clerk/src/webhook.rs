//! The signature of a webhook, as Svix makes it for Clerk: HMAC over id, time and body.
//! Source: the Standard Webhooks specification, and docs.svix.com "Verifying webhooks manually".

use std::ops::RangeInclusive;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use shared::Redacted;

/// How far the clocks of sender and receiver may be apart, in seconds: an older message counts as a replay.
const TOLERANCE: i64 = 300;
const PREFIX: &str = "whsec_";
/// The lengths that Svix generates, and that it lets its users set.
const KEY_BYTES: RangeInclusive<usize> = 24..=75;
/// 32 bytes in base64.
const SIGNATURE_CHARS: usize = 44;
/// Reject more signatures in one header: a rotation of keys needs two.
const MAX_SIGNATURES: usize = 8;

/// The signing secret of a webhook endpoint, `whsec_…`.
#[derive(Debug, Clone)]
pub struct WebhookSecret(Redacted<hmac::Key>);

/// Why a message is not Clerk's. For the log: the sender is only told that the message is refused.
///
/// ```
/// use firebase_callable_clerk::{WebhookError, WebhookSecret};
/// use http::HeaderMap;
///
/// let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
/// let headers = HeaderMap::new();
/// assert_eq!(secret.verify(&headers, b"{}", 1_800_000_000), Err(WebhookError::Headers));
/// assert_eq!(WebhookError::Headers.to_string(), "headers");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A header is missing, repeated or malformed.
    #[error("headers")]
    Headers,
    /// The message is more than five minutes old, or from the future.
    #[error("time")]
    Time,
    /// No signature is right.
    #[error("signature")]
    Signature,
}

impl WebhookSecret {
    /// Reads the secret as Clerk's dashboard shows it; `None` if it is not a signing secret.
    ///
    /// ```
    /// use firebase_callable_clerk::WebhookSecret;
    ///
    /// assert!(WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_some());
    /// assert!(WebhookSecret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        KEY_BYTES
            .contains(&key.len())
            .then(|| Self(Redacted(hmac::Key::new(hmac::HMAC_SHA256, &key))))
    }

    /// The id of a message that is signed with this secret, at `now` in seconds since 1970. A message whose id was
    /// seen before is a replay, or delivered again: the caller has to remember ids.
    ///
    /// ```
    /// # use aws_lc_rs::hmac;
    /// # use base64::{Engine, engine::general_purpose::STANDARD};
    /// # use firebase_callable_clerk::WebhookSecret;
    /// # use http::HeaderMap;
    /// # let (text, body) = ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", br#"{"type":"session.ended"}"#);
    /// # let now = 1_800_000_000;
    /// # let secret = WebhookSecret::parse(&format!("whsec_{text}")).expect("a secret");
    /// # let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(text)?);
    /// # let signed = [format!("msg_1.{now}.").as_bytes(), &body[..]].concat();
    /// # let signature = format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)));
    /// let mut headers = HeaderMap::new();
    /// headers.insert("svix-id", "msg_1".parse()?);
    /// headers.insert("svix-timestamp", now.to_string().parse()?);
    /// headers.insert("svix-signature", signature.parse()?);
    /// assert_eq!(secret.verify(&headers, body, now)?, "msg_1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify<'h>(
        &self,
        headers: &'h HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<&'h str, WebhookError> {
        let [id, time, signatures] =
            ["id", "timestamp", "signature"].map(|name| one(headers, name));
        let (Some(id), Some(time), Some(signatures)) = (id, time, signatures) else {
            return Err(WebhookError::Headers);
        };
        let digits = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
        let sent: i64 = time.parse().ok().filter(|_| digits).ok_or(WebhookError::Headers)?;
        if id.is_empty() || id.len() > 256 {
            return Err(WebhookError::Headers);
        }
        if (now.saturating_sub(sent)).abs() > TOLERANCE {
            return Err(WebhookError::Time);
        }
        // Computed once, however many signatures the sender claims: the sender chooses the length of
        // the body.
        let expected = self.sign(&[id.as_bytes(), b".", time.as_bytes(), b".", body]);
        let right = |signature: &str| {
            let text = signature.strip_prefix("v1,").filter(|text| text.len() == SIGNATURE_CHARS);
            let bytes = text.and_then(|text| STANDARD.decode(text).ok());
            bytes.is_some_and(|it| verify_slices_are_equal(&it, expected.as_ref()).is_ok())
        };
        if signatures.split(' ').take(MAX_SIGNATURES).any(right) {
            Ok(id)
        } else {
            Err(WebhookError::Signature)
        }
    }
}

impl WebhookSecret {
    fn sign(&self, message: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0.0);
        for part in message {
            #[cfg(test)]
            tests::count(part.len());
            context.update(part);
        }
        context.sign()
    }
}

/// The one header of this name, in Svix's spelling or the standard's.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    for spelling in [format!("svix-{name}"), format!("webhook-{name}")] {
        let mut values = headers.get_all(spelling).iter();
        if let Some(value) = values.next() {
            return value.to_str().ok().filter(|_| values.next().is_none());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static HASHED: Cell<usize> = const { Cell::new(0) };
    }

    /// Called with the length of everything that is hashed.
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
    fn accepts_what_is_signed_with_the_secret_within_five_minutes() {
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
}
