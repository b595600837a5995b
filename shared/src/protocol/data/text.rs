//! Decodes strings: resolves escapes, and puts U+FFFD in place of bytes that are not UTF-8 and of lone
//! surrogates, which a Rust string cannot contain. JavaScript clients send lone surrogates for strings that were cut in
//! the middle of a pair.

use std::{array, borrow::Cow, iter::Take};

use memchr::memchr;
use serde::de::Visitor;

use super::{budget::Budget, path::Step, read_error::Result};

/// The text between the quotes of a string, with its escapes unresolved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) has_escapes: bool,
}

impl<'t> Raw<'t> {
    /// An iterator over the bytes of the string with its escapes resolved. Makes no copy.
    pub(super) fn resolved(self) -> Resolved<'t> {
        Resolved { rest: self.bytes, char: [0; 4].into_iter().take(0) }
    }

    /// The string, if the text contains it literally: without escapes, and in UTF-8.
    pub(super) fn as_str(self) -> Option<&'t str> {
        if self.has_escapes { None } else { std::str::from_utf8(self.bytes).ok() }
    }

    /// The string. Copied only if the text does not contain it literally.
    pub(super) fn text(self) -> Cow<'t, str> {
        if let Some(text) = self.as_str() {
            return Cow::Borrowed(text);
        }
        if !self.has_escapes {
            return Cow::Owned(with_replacements(self.bytes));
        }
        let mut bytes = Vec::with_capacity(self.bytes.len());
        self.resolved().copy_to(&mut bytes);
        let text = String::from_utf8(bytes);
        Cow::Owned(text.unwrap_or_else(|error| with_replacements(error.as_bytes())))
    }

    /// The most bytes of memory that a copy of the string takes, including temporary buffers.
    pub(super) fn size_of_copy(self) -> usize {
        let of_a_byte = match (std::str::from_utf8(self.bytes), self.has_escapes) {
            (Ok(_), _) => 1,
            // A byte that is not UTF-8 becomes three.
            (Err(_), false) => 3,
            // One more, for the buffer with the escapes resolved.
            (Err(_), true) => 4,
        };
        self.bytes.len().saturating_mul(of_a_byte)
    }

    /// Whether the string equals `name` once its escapes are resolved.
    pub(super) fn is(self, name: &str) -> bool {
        if self.has_escapes {
            return self.resolved().eq(name.bytes());
        }
        self.bytes == name.as_bytes()
    }

    /// The step of a path to the member with this name.
    pub(super) fn step(self) -> Step {
        Step::Member(self.text().into_owned())
    }

    /// Passes the string to a visitor. If there is a budget, a copy is charged to it.
    pub(super) fn visit<V: Visitor<'t>>(
        self,
        visitor: V,
        budget: Option<&Budget>,
    ) -> Result<V::Value> {
        let borrowed = self.as_str();
        if let Some(budget) = budget {
            budget.take_block(borrowed.map_or_else(|| self.size_of_copy(), str::len))?;
        }
        match borrowed {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_string(self.text().into_owned()),
        }
    }

    /// Passes the string to a visitor of bytes, which makes a copy that is charged to the budget.
    pub(super) fn visit_bytes<V: Visitor<'t>>(
        self,
        visitor: V,
        budget: &Budget,
    ) -> Result<V::Value> {
        budget.take_block(self.size_of_copy())?;
        visitor.visit_bytes(self.text().as_bytes())
    }
}

/// The text with U+FFFD in place of bytes that are not UTF-8, as the reference's body parser reads it. Allocates
/// exactly the length needed.
fn with_replacements(bytes: &[u8]) -> String {
    let pieces = || {
        bytes.utf8_chunks().map(|chunk| {
            let replaced = if chunk.invalid().is_empty() { "" } else { "\u{FFFD}" };
            (chunk.valid(), replaced)
        })
    };
    let length = pieces().map(|(valid, replaced)| valid.len() + replaced.len()).sum();
    let mut text = String::with_capacity(length);
    for (valid, replaced) in pieces() {
        text.push_str(valid);
        text.push_str(replaced);
    }
    text
}

/// The bytes of a string with its escapes resolved.
pub(super) struct Resolved<'t> {
    rest: &'t [u8],
    /// The bytes of the last escaped character that have not been returned yet.
    char: Take<array::IntoIter<u8, 4>>,
}

impl Iterator for Resolved<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.char.next().or_else(|| {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            if *first == b'\\' { self.escape() } else { Some(*first) }
        })
    }
}

impl Resolved<'_> {
    /// Appends all bytes that are left: what is between two escapes is copied at once.
    fn copy_to(&mut self, bytes: &mut Vec<u8>) {
        loop {
            let plain = memchr(b'\\', self.rest).unwrap_or(self.rest.len());
            bytes.extend_from_slice(self.rest.get(..plain).unwrap_or_default());
            self.skip(plain);
            if self.rest.is_empty() {
                return;
            }
            self.skip(1);
            bytes.extend(self.escape());
            bytes.extend(self.char.by_ref());
        }
    }

    /// Resolves the escape whose backslash was taken last, and returns the first byte of its character.
    fn escape(&mut self) -> Option<u8> {
        let kind = self.rest.first().copied().unwrap_or_default();
        self.skip(1);
        Some(match kind {
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut bytes = [0; 4];
                let length = self.code_point().encode_utf8(&mut bytes).len();
                self.char = bytes.into_iter().take(length);
                return self.char.next();
            }
            other => other, // a quote, a backslash or a slash
        })
    }

    /// The character of a `\u` escape whose four hexadecimal digits are next. Takes the following escape too, if the
    /// two are a surrogate pair.
    fn code_point(&mut self) -> char {
        let first = hex(self.rest);
        self.skip(4);
        if (0xD800..0xDC00).contains(&first)
            && let Some(next) = self.rest.strip_prefix(b"\\u")
            && let second @ 0xDC00..=0xDFFF = hex(next)
        {
            self.skip(6);
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

/// The value of the first four hexadecimal digits.
fn hex(digits: &[u8]) -> u32 {
    let digits = digits.iter().take(4);
    digits.fold(0, |value, digit| (value << 4) | char::from(*digit).to_digit(16).unwrap_or(0))
}
