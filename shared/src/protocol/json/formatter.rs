//! A formatter for serde_json's serializer: writes numbers as JavaScript does, limits the depth, and sets a flag if
//! clients may be unable to decode the answer.

use std::{
    cell::{Cell, RefCell},
    io::{self, Write},
};

use serde_json::ser::{CompactFormatter, Formatter};

use super::{
    readable::{self, MAX_DEPTH},
    string::write_string,
};

/// The body that is being written. Shared with [`Checked`](super::checked::Checked), because serde_json's serializer
/// gives no access to its writer.
pub(super) struct Output {
    pub(super) json: RefCell<Vec<u8>>,
    /// Whether a client may be unable to decode the answer. If so, [`readable::check`] decides.
    pub(super) is_suspicious: Cell<bool>,
    /// Whether NaN and the infinities are errors. Otherwise they become `null`.
    pub(super) only_finite: bool,
}

impl Output {
    /// Writes `text` in place of the empty string that serde_json has written at `start`: `""`, or nothing if the
    /// string is the text of a `RawValue`, which is JSON already.
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
        self.write_all(bytes).map(|()| bytes.len())
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

/// Writes raw JSON on one line, because a line break would end the `data: ` line of a stream's event. Line breaks
/// inside strings are escaped already.
fn write_raw(json: &mut Vec<u8>, text: &str) {
    json.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
}

/// Writes serde_json's compact form, except for numbers.
pub(super) struct JavaScript<'o> {
    pub(super) output: &'o Output,
    /// How many lists and objects are open. The limit also stops values that contain themselves, which would overflow
    /// the stack.
    pub(super) depth: usize,
}

/// JavaScript writes numbers from this one on with an exponent.
const EXPONENT_FROM: f64 = 1e21;
/// 2^53. Above it JavaScript writes the shortest digits that identify the double, which may differ from those of the
/// integer.
const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0;

macro_rules! brackets {
    ($($begin:ident $end:ident)*) => {
        $(fn $begin<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(io::Error::other(readable::TOO_DEEP));
            }
            CompactFormatter.$begin(writer)
        }

        fn $end<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            self.depth -= 1;
            CompactFormatter.$end(writer)
        })*
    };
}

impl Formatter for JavaScript<'_> {
    /// Writes a whole number as JavaScript does: `2`, not `2.0` (another type for Android), and `0` for -0.
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

    brackets! { begin_array end_array begin_object end_object }

    /// Writes a part of a name or of a string, up to a character that needs an escape. Suspicious names contain no such
    /// character, so each is passed as one whole fragment. A string that equals such a name only causes a needless
    /// check.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if readable::is_suspicious(fragment) {
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
