//! Header names and fixed header values of the callable protocol, each written once.
//! Names are lower case, as HTTP/2 requires and every AWS front sends them.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The App Check token.
pub(crate) const APP_CHECK: HeaderName = HeaderName::from_static("x-firebase-appcheck");
/// The FCM registration token of the caller's device; never verified.
pub(crate) const INSTANCE_ID_TOKEN: HeaderName =
    HeaderName::from_static("firebase-instance-id-token");

/// Content type of a unary answer, byte for byte the reference's.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// P24: content type of a streaming answer. DIFFERENCE: the reference sends none.
pub(crate) const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// DIFFERENCE: sent with streaming answers, so that no proxy caches or buffers them.
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// Tells nginx, and other reverse proxies that support it, whether to buffer an answer.
pub(crate) const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// DIFFERENCE: sent with streaming answers, so that a reverse proxy forwards each event immediately.
pub(crate) const UNBUFFERED: HeaderValue = HeaderValue::from_static("no");

/// P22: whether the caller asked for a stream: `Accept` is exactly `text/event-stream`, once.
///
/// A value in another case, with parameters or in a list, or a repeated header, means a unary call.
/// Source: firebase/firebase-functions `src/common/providers/https.ts`.
#[must_use]
pub(crate) fn accepts_streaming(headers: &HeaderMap) -> bool {
    single(headers, &header::ACCEPT).is_some_and(|value| trim(value) == EVENT_STREAM.as_bytes())
}

/// The value of `name` if the request has this header exactly once.
#[must_use]
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// A header value without the surrounding white space that HTTP allows and some fronts do not remove.
#[must_use]
pub(crate) fn trim(value: &HeaderValue) -> &[u8] {
    value.as_bytes().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_only_for_the_exact_accept_value() {
        let cases: [(&[&str], bool); 8] = [
            (&["text/event-stream"], true),
            (&[" text/event-stream "], true),
            (&["Text/Event-Stream"], false),
            (&["text/event-stream; q=1"], false),
            (&["text/event-stream, */*"], false),
            (&["text/event-stream", "text/event-stream"], false),
            (&["*/*"], false),
            (&[], false),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ACCEPT, HeaderValue::from_static(value));
            }
            assert_eq!(accepts_streaming(&headers), expected, "{values:?}");
        }
    }
}
