//! What the tool prints. A reader who stops listening, such as `head`, is no reason to fail: the standard library's own
//! macro would end the program with a panic.

use std::fmt;
use std::io::{self, Write as _};

/// Prints a line, as `println!` does.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::terminal::line(format_args!($($arguments)*)) };
}
pub(crate) use say;

/// Prints a line.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints a text that has its own line ends.
pub(crate) fn text(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
