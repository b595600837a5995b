//! The outer JSON of a request: method, media type and body shape in, the raw `data` out.
//! Whatever is wrong, the client gets the one answer `Bad Request`; the reason is for the log.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `isValidRequest`.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{error::HttpsError, header::trim};

/// The largest request body that is read, unless the plain HTTP host is told otherwise: 32 MiB, as the
/// reference's platform allows. On Lambda the platform's own 6 MB comes first.
pub const MAX_BODY_BYTES: usize = 32 << 20;

/// Why a request is not a callable request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// The body is longer than the limit ([`MAX_BODY_BYTES`]), or did not arrive whole.
    BodyUnread,
    /// The body carries a `Content-Encoding`.
    ContentEncoding,
    /// The body is not one JSON object whose only member is `data`.
    Body,
    /// The method is not POST.
    Method,
    /// The media type is not `application/json`.
    ContentType,
}

impl BadRequest {
    /// A stable word for the log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::BodyUnread => "body_unread",
            Self::ContentEncoding => "content_encoding",
            Self::Body => "body",
            Self::Method => "method",
            Self::ContentType => "content_type",
        }
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl From<BadRequest> for HttpsError {
    fn from(_: BadRequest) -> Self {
        Self::invalid_argument("Bad Request")
    }
}

/// Yields the text of `data` in the body of a callable request, with only its syntax checked: an
/// unauthenticated caller cannot make us allocate. Bytes in strings need not be UTF-8.
///
/// # Errors
/// In the reference's order: body, method, media type, shape. All of them are `Bad Request`.
pub fn read(method: &Method, headers: &HeaderMap, body: &Bytes) -> Result<Bytes, BadRequest> {
    // P3, DIFFERENCE: the reference's framework answers an unknown encoding with an HTML page, and
    // inflates gzip, which no client sends.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| {
        !trim(encoding).eq_ignore_ascii_case(b"identity") && !trim(encoding).is_empty()
    }) {
        return Err(BadRequest::ContentEncoding);
    }
    // P3, DIFFERENCE: malformed JSON and top-level scalars are an HTML page in the reference.
    let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let data = data_of(json).or_else(|| data_of_any_bytes(json)).ok_or(BadRequest::Body)?;
    if method != Method::POST {
        return Err(BadRequest::Method);
    }
    if !headers.get(header::CONTENT_TYPE).is_some_and(|value| is_json(trim(value))) {
        return Err(BadRequest::ContentType);
    }
    Ok(body.slice_ref(data))
}

/// The `data` of an envelope; `None` for anything else.
fn data_of(json: &[u8]) -> Option<&[u8]> {
    let envelope: Envelope<'_> = serde_json::from_slice(json).ok()?;
    Some(envelope.data.get().as_bytes())
}

/// The same where some bytes of a string are not UTF-8. They are replaced where the string is read: the
/// text as a whole would become three times as long.
fn data_of_any_bytes(json: &[u8]) -> Option<&[u8]> {
    if std::str::from_utf8(json).is_ok() {
        return None; // it is wrong in another way than bad UTF-8
    }
    // Apart from bytes in strings, this is now known to be JSON, so that it can be scanned.
    serde_json::from_slice::<IgnoredAny>(json).ok()?;
    super::data::only_member(json, "data")
}

/// The media type is compared up to the first `;` without regard to case. The charset is ignored, and
/// every body read as UTF-8: other bytes become U+FFFD in strings, and are not JSON elsewhere. The
/// reference answers an unknown charset with an HTML page (DIFFERENCE).
fn is_json(content_type: &[u8]) -> bool {
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// `{"data": …}` and nothing beside it.
struct Envelope<'t> {
    data: &'t RawValue,
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnlyData;

        impl<'de> Visitor<'de> for OnlyData {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose only member is data")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
                let mut data = None;
                while let Some(IsData(is_data)) = map.next_key()? {
                    if !is_data {
                        return Err(A::Error::custom("a member beside data"));
                    }
                    data = Some(map.next_value()?); // P2: of several, the last one counts
                }
                data.map(|data| Envelope { data }).ok_or_else(|| A::Error::missing_field("data"))
            }
        }

        deserializer.deserialize_map(OnlyData)
    }
}

/// A member name, compared after its escapes are resolved and without a copy.
struct IsData(bool);

impl<'de> Deserialize<'de> for IsData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = IsData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_str<E>(self, name: &str) -> Result<IsData, E> {
                Ok(IsData(name == "data"))
            }
        }

        deserializer.deserialize_str(Name)
    }
}
