//! Reads JSON values leniently: people who write events by hand use a number or a boolean where the front has text.
//! One `Visitor` serves every type: each type implements only the kinds of JSON that it accepts.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};

/// The path of the member that is being read, so that an error can name it. Empty while no such member is being read.
pub(super) type At<'r> = &'r Cell<&'static str>;

/// The name of a member. Borrowed from the event, unless it has escapes in it.
#[derive(Deserialize)]
pub(super) struct Key<'e>(#[serde(borrow)] pub(super) Cow<'e, str>);

/// A type that is read from JSON. `self` is the initial value, usually the type's default; `null` leaves it unchanged.
/// Any other kind of JSON is an error unless the type implements the function for that kind.
pub(super) trait FromJson<'e>: Sized {
    fn text<E: Error>(self, _: Cow<'e, str>) -> Result<Self, E> {
        Err(E::custom(WRONG_KIND))
    }

    /// Reads a number or a boolean, which is passed as text.
    fn scalar<E: Error>(self, _: Cow<'e, str>) -> Result<Self, E> {
        Err(E::custom(WRONG_KIND))
    }

    fn list<A: SeqAccess<'e>>(self, _: A, _: At<'_>) -> Result<Self, A::Error> {
        Err(A::Error::custom(WRONG_KIND))
    }

    fn object<A: MapAccess<'e>>(self, _: A, _: At<'_>) -> Result<Self, A::Error> {
        Err(A::Error::custom(WRONG_KIND))
    }
}

pub(super) const WRONG_KIND: &str = "not a kind of JSON that this member can have";

/// Text. A number or a boolean is read as text, too; `null` is `None`.
impl<'e> FromJson<'e> for Option<Cow<'e, str>> {
    fn text<E>(self, text: Cow<'e, str>) -> Result<Self, E> {
        Ok(Some(text))
    }

    fn scalar<E>(self, text: Cow<'e, str>) -> Result<Self, E> {
        Ok(Some(text))
    }
}

/// Reads one JSON value. The fields are the initial value and the path of the member.
pub(super) struct Reader<'r, T>(pub(super) T, pub(super) At<'r>);

impl<'e, T: FromJson<'e>> DeserializeSeed<'e> for Reader<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'e, T: FromJson<'e>> Visitor<'e> for Reader<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind of JSON that this member can have")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(self.0)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'e str) -> Result<T, E> {
        self.0.text(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        self.0.text(Cow::Owned(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        self.0.scalar(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.0.scalar(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.0.scalar(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        // `{:?}` writes the payload version `2.0` as `2.0`; `{}` would write `2`.
        self.0.scalar(Cow::Owned(format!("{number:?}")))
    }

    fn visit_seq<A: SeqAccess<'e>>(self, list: A) -> Result<T, A::Error> {
        self.0.list(list, self.1)
    }

    fn visit_map<A: MapAccess<'e>>(self, object: A) -> Result<T, A::Error> {
        self.0.object(object, self.1)
    }
}
