//! The path to a value in `data`, such as `data.items[2].price`. It is built from the inside out: each level adds its
//! step when it returns the error.

use std::fmt::{self, Write as _};

/// Messages show at most this many characters of a member name.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

/// The steps from the innermost to the outermost.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data")?;
        for step in self.0.iter().rev() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Member(name) if is_identifier(name) => write!(f, ".{name}")?,
                Step::Member(name) => {
                    f.write_str("[\"")?;
                    let shown = name.chars().take(MAX_NAME_CHARS);
                    shown.flat_map(char::escape_default).try_for_each(|char| f.write_char(char))?;
                    f.write_str("\"]")?;
                }
            }
        }
        Ok(())
    }
}

fn is_identifier(name: &str) -> bool {
    (1..=MAX_NAME_CHARS).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
