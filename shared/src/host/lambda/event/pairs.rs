//! Headers and query parameters of an event: maps of names to one value, to several, or to null.

use std::{borrow::Cow, collections::HashSet, fmt};

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, MaxSizeReached},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::members::{Key, Text};

type Pair<'e> = (Cow<'e, str>, Cow<'e, str>);

/// Names and values in the order of the event, borrowed from it. A name with several values is there several times.
#[derive(Default)]
pub(super) struct Pairs<'e> {
    pairs: Vec<Pair<'e>>,
    /// There were more than [`MOST`].
    cut: bool,
}

/// Whose names they are: header names are compared without regard to case.
#[derive(Clone, Copy)]
pub(super) enum Names {
    OfHeaders,
    OfParameters,
}

/// More than a `HeaderMap` holds. The bound is needed: an event of 6 MB has room for a million.
const MOST: usize = 1 << 15;

/// There are more headers than a `HeaderMap` holds.
#[derive(Debug)]
pub(super) struct TooMany;

impl From<MaxSizeReached> for TooMany {
    fn from(_: MaxSizeReached) -> Self {
        Self
    }
}

impl<'e> Pairs<'e> {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// All of `several`, which has every value of a name, and the names that only `single` has: fronts write each
    /// name into both, people write by hand what they need.
    pub(super) fn merged(single: Self, mut several: Self, names: Names) -> Self {
        if several.is_empty() {
            return single;
        }
        several.cut |= single.cut;
        // Fronts write both in the same order and case, so that one walk through `several` finds each name.
        let mut walk = several.pairs.iter().map(|(name, _)| name);
        if single.iter().all(|(name, _)| walk.any(|other| other == name)) {
            return several;
        }
        let key = |name: &str| match names {
            Names::OfHeaders => name.to_ascii_lowercase(),
            Names::OfParameters => name.to_owned(),
        };
        let known: HashSet<String> = several.iter().map(|(name, _)| key(name)).collect();
        for (name, value) in single.pairs {
            if !known.contains(&key(&name)) {
                several.push(name, value);
            }
        }
        several
    }

    fn push(&mut self, name: Cow<'e, str>, value: Cow<'e, str>) {
        if self.pairs.is_empty() {
            self.pairs.reserve(USUAL);
        }
        if self.pairs.len() < MOST {
            self.pairs.push((name, value));
        } else {
            self.cut = true;
        }
    }

    /// Puts all of them into `headers`. Names that are not valid header names are left out.
    ///
    /// # Errors
    /// There are more than a map holds. The map then has the headers that the form of a refusal depends on.
    pub(super) fn fill(self, headers: &mut HeaderMap) -> Result<(), TooMany> {
        let filled = self.fill_with(headers, |_| true);
        let filled = if self.cut { Err(TooMany) } else { filled };
        if filled.is_err() {
            headers.clear();
            self.fill_with(headers, |name| *name == header::ORIGIN || *name == header::ACCEPT)?;
        }
        filled
    }

    fn fill_with(
        &self,
        headers: &mut HeaderMap,
        is_wanted: impl Fn(&HeaderName) -> bool,
    ) -> Result<(), TooMany> {
        headers.try_reserve(self.pairs.len().min(USUAL))?;
        for (name, text) in &self.pairs {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
                && is_wanted(&name)
            {
                headers.try_append(name, value(text.as_bytes()))?;
            }
        }
        Ok(())
    }
}

/// No front sends a value with control characters; a direct invocation can. It becomes `?`: present, but never valid.
pub(super) fn value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).unwrap_or_else(|_| HeaderValue::from_static("?"))
}

impl<'de: 'e, 'e> Deserialize<'de> for Pairs<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_unit<E>(self) -> Result<Pairs<'de>, E> {
        Ok(Pairs::default())
    }

    /// An empty list: PHP's way to write an empty map.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pairs<'de>, A::Error> {
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(Pairs::default()),
            Some(_) => Err(A::Error::custom("a list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
        let mut pairs = Pairs::default();
        while let Some(Key(name)) = map.next_key()? {
            map.next_value_seed(Values { name, pairs: &mut pairs })?;
        }
        Ok(pairs)
    }
}

/// The usual number of headers that a browser and a front send together. It keeps the pairs below 1 KB, up to which
/// the C library's allocator serves a block from its cache.
const USUAL: usize = 20;

/// One value, several, or null: put in under their name.
struct Values<'p, 'e> {
    name: Cow<'e, str>,
    pairs: &'p mut Pairs<'e>,
}

impl<'de> DeserializeSeed<'de> for Values<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! as_text {
    ($($visit:ident($value:ty),)*) => {
        $(fn $visit<E: Error>(self, value: $value) -> Result<(), E> {
            let Text(text) = super::members::TextVisitor.$visit::<E>(value)?;
            if let Some(text) = text {
                self.pairs.push(self.name, text);
            }
            Ok(())
        })*
    };
}

impl<'de> Visitor<'de> for Values<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or several")
    }

    as_text! {
        visit_borrowed_str(&'de str),
        visit_str(&str),
        visit_bool(bool),
        visit_u64(u64),
        visit_i64(i64),
        visit_f64(f64),
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Text(text)) = seq.next_element()? {
            if let Some(text) = text {
                self.pairs.push(self.name.clone(), text);
            }
        }
        Ok(())
    }
}
