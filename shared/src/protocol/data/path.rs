//! The path to a value in `data`, such as `data.items[2].price`. It is built from the inside out, while an error is
//! returned through the levels.

use std::fmt::{self, Write as _};

/// Messages show only so much of a member name.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

/// The steps from the innermost to the outermost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    pub(super) fn push_outer(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn push_inner(&mut self, step: Step) {
        self.0.insert(0, step);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data")?;
        for step in self.0.iter().rev() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Member(name) if is_identifier(name) => write!(f, ".{name}")?,
                Step::Member(name) => {
                    f.write_str("[\"")?;
                    name.chars()
                        .take(MAX_NAME_CHARS)
                        .flat_map(char::escape_default)
                        .try_for_each(|c| f.write_char(c))?;
                    f.write_str("\"]")?;
                }
            }
        }
        Ok(())
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_CHARS
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
