//! What JSON our answers are made of, where serde_json would write another: numbers as JavaScript does, and a bound on
//! the depth. Also notes what the clients may be unable to decode.

use std::{
    cell::{Cell, RefCell},
    io::{self, Write},
};

use serde_json::ser::{CompactFormatter, Formatter};

use super::{
    readable::{self, MAX_DEPTH},
    string::write_string,
};

/// The body that is being written. Shared, because serde_json's serializer keeps its writer to itself.
pub(super) struct Output {
    pub(super) json: RefCell<Vec<u8>>,
    /// Whether something was written that a client may not be able to read: [`readable::check`] decides.
    pub(super) is_suspicious: Cell<bool>,
    /// Whether a number that JSON cannot hold is an error, and not `null`.
    pub(super) only_finite: bool,
}

impl Output {
    /// To be written behind what is in `json`.
    pub(super) fn new(json: Vec<u8>, only_finite: bool) -> Self {
        Self { json: json.into(), is_suspicious: false.into(), only_finite }
    }

    /// Writes a string from what serde_json wrote for an empty one since `start`: `""`, or nothing for a `RawValue`,
    /// whose text is JSON already.
    pub(super) fn fill_string(&self, start: usize, text: &str) {
        let json = &mut *self.json.borrow_mut();
        if json.len() == start {
            write_raw(json, text);
        } else {
            json.truncate(start);
            write_string(json, text);
        }
    }
}

impl Write for &Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.json.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.json.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Inside strings, line breaks are escaped; between strings, they would end the line of an event.
fn write_raw(json: &mut Vec<u8>, text: &str) {
    json.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
}

/// serde_json's compact form, except for numbers.
pub(super) struct JavaScript<'o> {
    output: &'o Output,
    /// How many lists and objects are open.
    depth: usize,
    is_in_name: bool,
}

impl<'o> JavaScript<'o> {
    pub(super) fn new(output: &'o Output) -> Self {
        Self { output, depth: 0, is_in_name: false }
    }

    /// This limit also stops values that contain themselves, which would overflow the stack.
    fn deeper(&mut self) -> io::Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(io::Error::other(readable::TOO_DEEP)) } else { Ok(()) }
    }
}

/// From here on JavaScript writes an exponent.
const EXPONENT_FROM: f64 = 1e21;
/// Up to here a whole number is exactly what its digits say: 2^53.
const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0;

impl Formatter for JavaScript<'_> {
    /// As JavaScript does where clients can tell: `2`, not `2.0`, which Android reads as another type; `0` for -0.
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if value.fract() != 0.0 || value.abs() >= EXPONENT_FROM {
            return CompactFormatter.write_f64(writer, value);
        }
        if value.abs() > EXACT_UP_TO {
            return write!(writer, "{value}");
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        CompactFormatter.write_i64(writer, value as i64)
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        if value.fract() == 0.0 {
            return self.write_f64(writer, value.into());
        }
        CompactFormatter.write_f32(writer, value)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.deeper()?;
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.deeper()?;
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.is_in_name = true;
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_in_name = false;
        Ok(())
    }

    /// A fragment ends at a character that needs an escape: the names that matter have none.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if self.is_in_name && readable::is_suspicious(fragment) {
            self.output.is_suspicious.set(true);
        }
        writer.write_all(fragment.as_bytes())
    }

    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        _: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.output.is_suspicious.set(true);
        write_raw(&mut self.output.json.borrow_mut(), fragment);
        Ok(())
    }
}
