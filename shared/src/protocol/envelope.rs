//! The outer JSON of a request: checks method, media type and body, and returns the raw `data`. Every error becomes
//! the same answer `Bad Request`; the reason is for the log.
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

/// The largest request body that is read, unless the plain HTTP host is configured otherwise: 32 MiB, as the
/// reference's platform allows. On Lambda the platform's limit of 6 MB applies first.
pub(crate) const MAX_BODY_BYTES: usize = 32 << 20;

/// Why a request is not a callable request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadRequest {
    /// The body is longer than the limit ([`MAX_BODY_BYTES`]), or did not arrive completely.
    BodyUnread,
    /// The body has a `Content-Encoding`.
    ContentEncoding,
    /// The body is not one JSON object whose only member is `data`.
    Body,
    /// The method is not POST.
    Method,
    /// The media type is not `application/json`.
    ContentType,
}

impl BadRequest {
    /// A stable identifier for the log.
    #[must_use]
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::BodyUnread => "body_unread",
            Self::ContentEncoding => "content_encoding",
            Self::Body => "body",
            Self::Method => "method",
            Self::ContentType => "content_type",
        }
    }
}

impl From<BadRequest> for HttpsError {
    fn from(_: BadRequest) -> Self {
        Self::invalid_argument("Bad Request")
    }
}

/// The text of `data` in the body of a callable request. Only its syntax is checked, and no value is built, because the
/// caller is not authenticated yet: serde_json's buffer holds one byte per open bracket, or one name with escapes.
/// Strings may contain bytes that are not UTF-8.
///
/// # Errors
/// In this order: content encoding, body, method, media type. The client sees `Bad Request` for each. The reference
/// checks after the media type whether `data` is the only member; here that is a part of checking the body.
pub(crate) fn read(
    method: &Method,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Bytes, BadRequest> {
    // P3, DIFFERENCE: the reference's framework answers an unknown encoding with an HTML page, and
    // inflates gzip, which no client sends.
    let encoding = headers.get(header::CONTENT_ENCODING).map_or(b"".as_slice(), trim);
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(BadRequest::ContentEncoding);
    }
    // P3, DIFFERENCE: the reference answers malformed JSON and top-level scalars with an HTML page.
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

/// The `data` of an envelope; `None` if the text is not an envelope.
fn data_of(json: &[u8]) -> Option<&[u8]> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let data = deserializer.deserialize_map(OnlyData).ok()?;
    deserializer.end().ok()?;
    Some(data.get().as_bytes())
}

/// Like [`data_of`], for a body with strings that are not UTF-8. Their invalid bytes are replaced when the string is
/// decoded; replacing them in the whole body could make it three times as long.
fn data_of_any_bytes(json: &[u8]) -> Option<&[u8]> {
    if std::str::from_utf8(json).is_ok() {
        return None; // `data_of` failed for another reason
    }
    // serde_json checks the syntax, but not the bytes inside strings. `only_member` needs valid syntax.
    serde_json::from_slice::<IgnoredAny>(json).ok()?;
    super::data::only_member(json, "data")
}

/// Compares the media type up to the first `;`, ignoring case. The charset is ignored, and every body is read as
/// UTF-8: invalid bytes become U+FFFD inside strings, and are a syntax error elsewhere. DIFFERENCE: the reference
/// answers an unknown charset with an HTML page.
fn is_json(content_type: &[u8]) -> bool {
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Reads an object whose only member is `data`.
struct OnlyData;

impl<'de> Visitor<'de> for OnlyData {
    type Value = &'de RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose only member is data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<&'de RawValue, A::Error> {
        let mut data = None;
        while let Some(member) = map.next_key()? {
            if let Member::Other = member {
                return Err(A::Error::custom("a member other than data"));
            }
            data = Some(map.next_value()?); // P2: if `data` is repeated, the last one counts
        }
        data.ok_or_else(|| A::Error::missing_field("data"))
    }
}

/// The name of a member, compared with its escapes resolved, and not copied.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Data,
    #[serde(other)]
    Other,
}
