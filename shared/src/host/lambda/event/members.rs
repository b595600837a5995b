//! Values as fronts write them, and as people write them by hand: a number or a boolean where the front has text,
//! text where it has a boolean, `null` for a missing value, a body that is still JSON.

use std::{borrow::Cow, fmt};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor},
};
use serde_json::value::RawValue;

/// The name of a member. Borrowed from the event, unless it has escapes in it.
#[derive(Deserialize)]
pub(super) struct Key<'e>(#[serde(borrow)] pub(super) Cow<'e, str>);

/// Text, a number or a boolean as text; nothing for null.
pub(super) struct Text<'e>(pub(super) Option<Cow<'e, str>>);

impl<'de: 'e, 'e> Deserialize<'de> for Text<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

pub(super) struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(if value { "true" } else { "false" }))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text<'de>, E> {
        // Kept as written: the payload version `2.0` must not become `2`.
        Ok(Text(Some(Cow::Owned(format!("{number:?}")))))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
}

/// A boolean, also as text or as 0 and 1; null is false.
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = Text::deserialize(deserializer)?;
        match text.unwrap_or_default().to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Self(true)),
            "" | "false" | "0" => Ok(Self(false)),
            _ => Err(D::Error::invalid_value(Unexpected::Other("text"), &"a boolean")),
        }
    }
}

/// The cookies of payload format 2.0: a list, or one text in an event written by hand.
pub(super) struct Cookies<'e>(pub(super) Vec<Cow<'e, str>>);

impl<'de: 'e, 'e> Deserialize<'de> for Cookies<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CookiesVisitor)
    }
}

struct CookiesVisitor;

impl<'de> Visitor<'de> for CookiesVisitor {
    type Value = Cookies<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cookies")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cookies<'de>, E> {
        Ok(Cookies(vec![Cow::Borrowed(text)]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cookies<'de>, E> {
        Ok(Cookies(vec![Cow::Owned(text.to_owned())]))
    }

    fn visit_unit<E>(self) -> Result<Cookies<'de>, E> {
        Ok(Cookies(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cookies<'de>, A::Error> {
        let mut cookies = Vec::new();
        while let Some(Text(cookie)) = seq.next_element()? {
            cookies.extend(cookie);
        }
        Ok(Cookies(cookies))
    }
}

/// A body as text, or, in an event written by hand, as plain JSON. The latter is skipped, and read again by
/// [`body`]: that costs a second pass, but only for events that no front sends, and needs no code that writes
/// JSON.
#[derive(Default)]
pub(super) enum Body<'e> {
    #[default]
    None,
    Text(Cow<'e, str>),
    Json,
}

impl<'de: 'e, 'e> Deserialize<'de> for Body<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a body")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Body<'de>, E> {
        Ok(Body::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Body<'de>, E> {
        Ok(Body::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Body<'de>, E> {
        Ok(Body::Text(Cow::Owned(text)))
    }

    fn visit_unit<E>(self) -> Result<Body<'de>, E> {
        Ok(Body::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body<'de>, E> {
        Ok(Body::Json)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body<'de>, E> {
        Ok(Body::Json)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body<'de>, E> {
        Ok(Body::Json)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body<'de>, E> {
        Ok(Body::Json)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Body<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Body::Json)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Body::Json)
    }
}

/// The bytes of a body. If the event says base64 and the body is not base64, it becomes empty: no function
/// accepts either.
pub(super) fn body(body: Body<'_>, is_base64: bool, event: &str) -> Bytes {
    match body {
        Body::None => Bytes::new(),
        Body::Text(text) if is_base64 => decoded(&text).into(),
        Body::Text(text) => text.into_owned().into(),
        Body::Json => match serde_json::from_str(event) {
            Ok(JsonBody(Some(json))) => Bytes::copy_from_slice(json.get().as_bytes()),
            Ok(JsonBody(None)) | Err(_) => Bytes::new(),
        },
    }
}

/// Base64 as fronts write it, or as tools do: in lines, for URLs, or without padding.
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

/// The last member `body` of an event, as it is written there.
struct JsonBody<'e>(Option<&'e RawValue>);

impl<'de: 'e, 'e> Deserialize<'de> for JsonBody<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(JsonBodyVisitor)
    }
}

struct JsonBodyVisitor;

impl<'de> Visitor<'de> for JsonBodyVisitor {
    type Value = JsonBody<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonBody<'de>, A::Error> {
        let mut body = None;
        while let Some(Key(name)) = map.next_key()? {
            if name.eq_ignore_ascii_case("body") {
                body = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(JsonBody(body))
    }
}
