//! The contracts of the project's callables: what each program prints of itself (`ask`), the doc comment of its handler
//! (`docs`), and the file that holds them all, `callables.json`.

mod ask;
mod docs;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::ask::ask;
use crate::failure::{Failure, Outcome};

/// Where the contracts stand, in the project's folder.
pub(crate) const FILE: &str = "callables.json";
/// Of the file's form.
const VERSION: u32 = 1;

/// All contracts, sorted by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Contracts {
    version: u32,
    pub(crate) callables: Vec<Contract>,
}

/// What clients know of a callable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contract {
    /// The public name.
    pub(crate) name: String,
    /// The doc comment of the handler.
    pub(crate) description: Option<String>,
    /// Whether it sends chunks.
    pub(crate) stream: bool,
    /// `anyone`, `signedIn`, `claim` or `policy`.
    pub(crate) callers: String,
    /// Whether a call needs an App Check token.
    pub(crate) app_check: bool,
    /// JSON Schemas; absent if nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chunk: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Value>,
}

impl Contracts {
    pub(crate) fn new(mut callables: Vec<Contract>) -> Self {
        callables.sort_by(|one, other| one.name.cmp(&other.name));
        Self { version: VERSION, callables }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default(); // texts and JSON only: never fails
        text.push('\n');
        text
    }

    /// # Errors
    /// The text is not one of such a file.
    pub(crate) fn parse(text: &str, file: &Path) -> Outcome<Self> {
        let wrong = |why: String| {
            Failure::new(format!(
                "{} cannot be read ({why}): write it again with cargo callable types",
                file.display()
            ))
        };
        let found: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if found.version == VERSION {
            Ok(found)
        } else {
            Err(wrong(format!("its version is {}, not {VERSION}", found.version)))
        }
    }
}

/// A type of a callable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Input,
    Output,
    Chunk,
    Details,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Input, Self::Output, Self::Chunk, Self::Details];

    /// As a part of a type's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Input => "Input",
            Self::Output => "Output",
            Self::Chunk => "Chunk",
            Self::Details => "Details",
        }
    }

    pub(crate) const fn schema_of(self, contract: &Contract) -> Option<&Value> {
        match self {
            Self::Input => contract.input.as_ref(),
            Self::Output => contract.output.as_ref(),
            Self::Chunk => contract.chunk.as_ref(),
            Self::Details => contract.details.as_ref(),
        }
    }
}
