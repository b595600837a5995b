//! The signature of a webhook, as Svix makes it for Clerk: HMAC over id, time and body.
//! Source: the Standard Webhooks specification, and docs.svix.com "Verifying webhooks manually".

use std::ops::RangeInclusive;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use shared::Redacted;

/// How far a message's time may differ from ours, in seconds. An older message counts as a replay.
const TOLERANCE: i64 = 300;
const PREFIX: &str = "whsec_";
/// Accepted key lengths, in bytes: those of keys that Svix generates, and of keys that its users may set.
const KEY_BYTES: RangeInclusive<usize> = 24..=75;
/// Length of a signature: 32 bytes in base64.
const SIGNATURE_CHARS: usize = 44;
/// How many signatures of a header are checked. A rotation of keys needs two.
const MAX_SIGNATURES: usize = 8;

/// The signing secret of a webhook endpoint, `whsec_…`.
#[derive(Debug, Clone)]
pub struct WebhookSecret(Redacted<hmac::Key>);

/// Why a message is refused. For the log only: the sender is not told the reason.
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
    /// None of the signatures matches.
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

    /// Verifies a message at `now` (seconds since 1970) and returns its id. A message whose id was seen before is a
    /// replay or a second delivery: the caller has to remember ids.
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
    /// The first check that the message fails.
    pub fn verify<'h>(
        &self,
        headers: &'h HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<&'h str, WebhookError> {
        let header = |name| one(headers, name).ok_or(WebhookError::Headers);
        let (id, time, signatures) = (header("id")?, header("timestamp")?, header("signature")?);
        let sent: Option<i64> = time.parse().ok().filter(|_| !time.starts_with(['+', '-']));
        let sent = sent.ok_or(WebhookError::Headers)?;
        if id.is_empty() || id.len() > 256 {
            return Err(WebhookError::Headers);
        }
        if now.saturating_sub(sent).abs() > TOLERANCE {
            return Err(WebhookError::Time);
        }
        // Computed once, not for each signature, because the sender chooses the length of the body.
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

/// The value of the header `svix-<name>`, or of the standard's `webhook-<name>`; `None` if it is missing or repeated.
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
mod tests;
