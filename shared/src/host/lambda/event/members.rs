//! Values as fronts write them, and as people write them by hand: a text instead of a boolean, a JSON value instead of
//! the body's text, one text instead of a list of cookies.

use std::{borrow::Cow, cell::Cell};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use bytes::Bytes;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::read::{At, FromJson, Key, Reader};

/// A boolean, which may be written as text or as 0 and 1; `null` is false. `None` for any other text.
pub(super) fn flag(text: Option<&str>) -> Option<bool> {
    match text.unwrap_or_default().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// The cookies of payload format 2.0: a list, or one text in an event written by hand.
impl<'e> FromJson<'e> for Vec<Cow<'e, str>> {
    fn text<E>(self, text: Cow<'e, str>) -> Result<Self, E> {
        Ok(vec![text])
    }

    fn list<A: SeqAccess<'e>>(mut self, mut list: A, at: At<'_>) -> Result<Self, A::Error> {
        while let Some(cookie) = list.next_element_seed(Reader(None::<Cow<'e, str>>, at))? {
            self.extend(cookie);
        }
        Ok(self)
    }
}

/// A value of any kind: text, `null`, or other JSON, which is skipped. A body that is other JSON occurs only in events
/// written by hand; [`body`] finds it in a second pass over the event.
#[derive(Default)]
pub(super) enum Any<'e> {
    #[default]
    Null,
    Text(Cow<'e, str>),
    Json,
}

impl<'e> FromJson<'e> for Any<'e> {
    fn text<E>(self, text: Cow<'e, str>) -> Result<Self, E> {
        Ok(Self::Text(text))
    }

    fn scalar<E>(self, _: Cow<'e, str>) -> Result<Self, E> {
        Ok(Self::Json)
    }

    fn list<A: SeqAccess<'e>>(self, list: A, _: At<'_>) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| Self::Json)
    }

    fn object<A: MapAccess<'e>>(self, object: A, _: At<'_>) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(object).map(|_| Self::Json)
    }
}

/// The bytes of a body. If the event says base64 and the body is not base64, the body becomes empty. A callable rejects
/// an empty body; the handler of another function receives it.
pub(super) fn body(body: Any<'_>, is_base64: bool, event: &str) -> Bytes {
    match body {
        Any::Null => Bytes::new(),
        Any::Text(text) if is_base64 => decoded(&text).into(),
        Any::Text(text) => text.into_owned().into(),
        Any::Json => serde_json::Deserializer::from_str(event)
            .deserialize_map(Reader(JsonBody(""), &Cell::new("")))
            .map_or_else(
                |_| Bytes::new(),
                |JsonBody(json)| Bytes::copy_from_slice(json.as_bytes()),
            ),
    }
}

/// Decodes base64 as fronts write it, or as tools write it: in lines, in the URL-safe alphabet, or without padding.
fn decoded(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_else(|_| {
        let standard = |byte: u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        };
        let bytes = text.trim_end_matches(|c: char| c == '=' || c.is_ascii_whitespace()).bytes();
        let bytes: Vec<u8> =
            bytes.filter(|byte| !byte.is_ascii_whitespace()).map(standard).collect();
        STANDARD_NO_PAD.decode(bytes).unwrap_or_default()
    })
}

/// The JSON text of the last member `body` of an event, unchanged.
struct JsonBody<'e>(&'e str);

impl<'e> FromJson<'e> for JsonBody<'e> {
    fn object<A: MapAccess<'e>>(mut self, mut event: A, _: At<'_>) -> Result<Self, A::Error> {
        while let Some(Key(name)) = event.next_key()? {
            if name.eq_ignore_ascii_case("body") {
                self.0 = event.next_value::<&RawValue>()?.get();
            } else {
                event.next_value::<IgnoredAny>()?;
            }
        }
        Ok(self)
    }
}
