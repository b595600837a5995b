//! The types of callables in the languages of their clients.
//!
//! | part | concept |
//! |---|---|
//! | `settings` | which files a project wants |
//! | `model` | the types, read from the JSON Schemas of the contracts |
//! | `write` | the types and calls in each language |
//! | `files` | the files, and what is different in them |
//! | `compare` | what changed between two contracts, and whether that breaks clients |

mod compare;
mod files;
mod model;
mod settings;
mod write;

pub(crate) use self::compare::{Change, compare};
pub(crate) use self::files::{Files, State};
pub(crate) use self::settings::Targets;
