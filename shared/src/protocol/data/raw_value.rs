//! Fills a handler's `Box<RawValue>`: writes decoded `data` as JSON again, so that the text has the same content as the
//! value that a policy receives. With the output discarded, this code also finds a wrapper that contains no number.

use std::{
    fmt,
    io::{self, Write},
    iter,
};

use serde::{
    Serialize,
    de::{
        DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor, value::MapDeserializer,
    },
};

use super::{
    budget::Budget,
    read_error::{ReadError, Result},
};

/// serde_json's private name for JSON text. `RawValue` asks for a newtype with this name, and reads the text from a map
/// whose only member has this name.
pub(super) const TOKEN: &str = "$serde_json::private::RawValue";

/// Passes a value to the visitor of a `RawValue`, as JSON text.
pub(super) fn read<'de, 'v, V: Visitor<'de>>(
    value: impl Deserializer<'v, Error = ReadError>,
    budget: &Budget,
    visitor: V,
) -> Result<V::Value> {
    let mut out = Out { text: Vec::new(), budget };
    Transfer { out: &mut out, separator: b"" }.deserialize(value)?;
    let text = String::from_utf8(out.text).map_err(ReadError::custom)?;
    visitor.visit_map(MapDeserializer::new(iter::once((TOKEN, text))))
}

/// Reads the whole value without storing it, and returns the first error.
pub(super) fn walk<'v>(value: impl Deserializer<'v, Error = ReadError>) -> Result<()> {
    Transfer { out: &mut io::sink(), separator: b"" }.deserialize(value)
}

/// The text that is written, charged to the budget as it grows.
struct Out<'b> {
    text: Vec<u8>,
    budget: &'b Budget,
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.capacity() - self.text.len() < bytes.len() {
            let more = bytes.len().max(self.text.capacity());
            self.budget.take_block(more).map_err(io::Error::other)?;
            self.text.reserve_exact(more);
        }
        self.text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one value as JSON.
struct Transfer<'o, W> {
    out: &'o mut W,
    /// The separator between the previous value and this one.
    separator: &'static [u8],
}

impl<W: Write> Transfer<'_, W> {
    fn after(&mut self, separator: &'static [u8]) -> Transfer<'_, W> {
        Transfer { out: &mut *self.out, separator }
    }

    fn write<E: Error>(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.out.write_all(bytes).map_err(E::custom)
    }

    fn write_json<E: Error>(self, value: impl Serialize) -> Result<(), E> {
        serde_json::to_writer(self.out, &value).map_err(E::custom)
    }
}

impl<'de, W: Write> DeserializeSeed<'de> for Transfer<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        self.write(self.separator)?;
        deserializer.deserialize_any(self)
    }
}

/// Methods that write a value without items or members.
macro_rules! scalars {
    ($($method:ident($type:ty))*) => {
        $(fn $method<E: Error>(self, value: $type) -> Result<(), E> {
            self.write_json(value)
        })*
    };
}

impl<'de, W: Write> Visitor<'de> for Transfer<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars! { visit_bool(bool) visit_u64(u64) visit_i64(i64) visit_f64(f64) visit_str(&str) }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write_json(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.write(b"[")?;
        let mut separator: &[u8] = b"";
        while seq.next_element_seed(self.after(separator))?.is_some() {
            separator = b",";
        }
        self.write(b"]")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.write(b"{")?;
        let mut separator: &[u8] = b"";
        while map.next_key_seed(self.after(separator))?.is_some() {
            map.next_value_seed(self.after(b":"))?;
            separator = b",";
        }
        self.write(b"}")
    }
}
