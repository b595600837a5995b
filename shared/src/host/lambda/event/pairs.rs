//! Headers and query parameters of an event: maps of names to one value, to several, or to null.

use std::{borrow::Cow, collections::HashSet, mem};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, MaxSizeReached},
};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess};

use super::read::{At, FromJson, Key, Reader, WRONG_KIND};

type Pair<'e> = (Cow<'e, str>, Cow<'e, str>);

/// Names and values in the order of the event, borrowed from it. A name with several values occurs several times.
#[derive(Default)]
pub(super) struct Pairs<'e> {
    pairs: Vec<Pair<'e>>,
    /// There were more pairs than [`MOST`]; the others were dropped.
    is_cut: bool,
}

/// How names are compared: those of headers without regard to case, those of parameters exactly.
#[derive(Clone, Copy)]
pub(super) enum Names {
    OfHeaders,
    OfParameters,
}

/// The most pairs that are kept: more than a `HeaderMap` holds. Without this limit, an event of 6 MB could make a
/// million pairs.
const MOST: usize = 1 << 15;

/// The usual number of headers that a browser and a front send together. This many pairs take less than 1 KB, and the C
/// library's allocator serves blocks up to that size from its cache.
const USUAL: usize = 20;

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

    /// Returns all of `several`, which has every value of a name, and the names that only `single` has. Fronts write
    /// each name into both; an event written by hand may have a name in only one of them.
    pub(super) fn merged(single: Self, mut several: Self, names: Names) -> Self {
        if several.is_empty() {
            return single;
        }
        several.is_cut |= single.is_cut;
        // Fronts write both in the same order and case, so one walk through `several` finds each name of `single`.
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
            self.is_cut = true;
        }
    }

    /// Puts all pairs into `headers`. Names that are not valid header names are left out.
    ///
    /// # Errors
    /// There are more pairs than a map holds. The map then has only the headers `origin` and `accept`, which decide the
    /// form of the answer that rejects the request.
    pub(super) fn fill(self, headers: &mut HeaderMap) -> Result<(), TooMany> {
        let filled = self.fill_with(headers, |_| true);
        let filled = if self.is_cut { Err(TooMany) } else { filled };
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
        // All values are in one block, of which each is a part: one allocation in place of one for each.
        let mut block =
            BytesMut::with_capacity(self.pairs.iter().map(|(_, text)| text.len()).sum());
        for (name, text) in &self.pairs {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
                && is_wanted(&name)
            {
                block.extend_from_slice(text.as_bytes());
                headers.try_append(name, shared_value(block.split().freeze()))?;
            }
        }
        Ok(())
    }
}

fn shared_value(text: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(text).unwrap_or_else(|_| invalid())
}

/// A value with control characters becomes `?`: the header is present, but never valid. No front sends such a value, but
/// a direct invocation can.
fn invalid() -> HeaderValue {
    HeaderValue::from_static("?")
}

/// The value of a header.
pub(super) fn value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).unwrap_or_else(|_| invalid())
}

impl<'e> FromJson<'e> for Pairs<'e> {
    /// PHP writes an empty map as an empty list.
    fn list<A: SeqAccess<'e>>(self, mut list: A, _: At<'_>) -> Result<Self, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(self),
            Some(_) => Err(A::Error::custom(WRONG_KIND)),
        }
    }

    fn object<A: MapAccess<'e>>(mut self, mut map: A, at: At<'_>) -> Result<Self, A::Error> {
        while let Some(Key(name)) = map.next_key()? {
            map.next_value_seed(Reader(&mut Values { name, pairs: &mut self }, at))?;
        }
        Ok(self)
    }
}

/// Pushes the values of one name: one, several, or none for `null`.
struct Values<'p, 'e> {
    name: Cow<'e, str>,
    pairs: &'p mut Pairs<'e>,
}

/// Implemented for a reference, so that each header moves one pointer through the reader's layers and not the whole
/// struct.
impl<'e> FromJson<'e> for &mut Values<'_, 'e> {
    fn text<E>(self, text: Cow<'e, str>) -> Result<Self, E> {
        self.pairs.push(mem::take(&mut self.name), text);
        Ok(self)
    }

    fn scalar<E: Error>(self, text: Cow<'e, str>) -> Result<Self, E> {
        self.text(text)
    }

    fn list<A: SeqAccess<'e>>(self, mut list: A, at: At<'_>) -> Result<Self, A::Error> {
        while let Some(text) = list.next_element_seed(Reader(None::<Cow<'e, str>>, at))? {
            if let Some(text) = text {
                self.pairs.push(self.name.clone(), text);
            }
        }
        Ok(self)
    }
}
