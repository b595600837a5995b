//! Fills a handler's `Box<RawValue>`: writes decoded `data` as JSON again, so that the text says what a policy has
//! seen. The same walk, without writing, finds a wrapper that holds no number.

use std::{
    cell::RefCell,
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
    node::Node,
    reader::Reader,
    type_mismatch::{Result, TypeMismatch},
};

/// How serde_json asks for JSON text: a newtype of this name, and a member of this name with the text.
pub(super) const TOKEN: &str = "$serde_json::private::RawValue";

/// Hands the value at a node to the visitor of a `RawValue`, as JSON text.
pub(super) fn read<'de, V: Visitor<'de>>(node: Node<'_, '_>, visitor: V) -> Result<V::Value> {
    let out = Out { text: RefCell::default(), budget: node.reader.budget };
    Transfer { out: Some(&out), separator: b"" }.deserialize(node)?;
    let text = String::from_utf8(out.text.into_inner()).map_err(TypeMismatch::custom)?;
    visitor.visit_map(MapDeserializer::new(iter::once((TOKEN, text))))
}

/// Reads everything, keeps nothing, and fails where reading fails.
pub(super) fn walk(reader: &Reader<'_>) -> Result<()> {
    Transfer { out: None, separator: b"" }.deserialize(reader.root())
}

/// The text that is written, charged to the budget as it grows.
struct Out<'b> {
    text: RefCell<Vec<u8>>,
    budget: &'b Budget,
}

impl Write for &Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.text.borrow_mut();
        if text.capacity() - text.len() < bytes.len() {
            let more = bytes.len().max(text.capacity());
            self.budget.take_block(more).map_err(io::Error::other)?;
            text.reserve_exact(more);
        }
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one value as JSON, or only reads it.
#[derive(Clone, Copy)]
struct Transfer<'o> {
    out: Option<&'o Out<'o>>,
    /// The separator between the previous value and this one.
    separator: &'static [u8],
}

impl Transfer<'_> {
    fn after(self, separator: &'static [u8]) -> Self {
        Self { separator, ..self }
    }

    fn write<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        self.out.map_or(Ok(()), |mut out| out.write_all(bytes).map_err(E::custom))
    }

    fn write_json<E: Error>(self, value: impl Serialize) -> Result<(), E> {
        self.out.map_or(Ok(()), |out| serde_json::to_writer(out, &value).map_err(E::custom))
    }
}

impl<'de> DeserializeSeed<'de> for Transfer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.write(self.separator)?;
        deserializer.deserialize_any(self.after(b""))
    }
}

impl<'de> Visitor<'de> for Transfer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write(b"null")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.write(if value { b"true" } else { b"false" })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write_json(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write_json(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.write_json(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.write_json(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.write(b"[")?;
        let mut next = self.after(b"");
        while seq.next_element_seed(next)?.is_some() {
            next = self.after(b",");
        }
        self.write(b"]")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.write(b"{")?;
        let mut next = self.after(b"");
        while map.next_key_seed(next)?.is_some() {
            map.next_value_seed(self.after(b":"))?;
            next = self.after(b",");
        }
        self.write(b"}")
    }
}
