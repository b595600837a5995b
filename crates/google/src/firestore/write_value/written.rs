//! What writing a value yields: a value, or why it cannot be stored.

use serde::ser;

use crate::firestore::{
    FirestoreError, field_path,
    value::{Fields, Value},
};

/// Why a value cannot be stored, and the names of the fields around it, innermost first.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(in crate::firestore) struct WriteError {
    problem: String,
    path: Vec<&'static str>,
}

impl WriteError {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), path: Vec::new() }
    }

    pub(super) fn at(mut self, name: &'static str) -> Self {
        self.path.push(name);
        self
    }
}

impl ser::Error for WriteError {
    /// The message of a type's own implementation could quote a value, so it is dropped.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self::new("its type refuses to be written")
    }
}

impl From<WriteError> for FirestoreError {
    fn from(error: WriteError) -> Self {
        let path: Vec<&str> = error.path.iter().rev().copied().collect();
        match path.is_empty() {
            true => Self::Unstorable(error.problem),
            false => Self::Unstorable(format!("{}: {}", path.join("."), error.problem)),
        }
    }
}

pub(super) type Result<T, E = WriteError> = std::result::Result<T, E>;

/// Adds a field; its name must be one that Firestore takes.
pub(super) fn push(fields: &mut Fields, name: impl Into<String>, value: Value) -> Result<()> {
    let name = name.into();
    if let Some(problem) = field_path::problem_of(&name) {
        return Err(WriteError::new(problem));
    }
    fields.push((name, value));
    Ok(())
}

/// An enum's variant with data: a map with one field.
pub(super) fn variant(name: &'static str, value: Value) -> Result<Value> {
    let mut fields = Vec::new();
    push(&mut fields, name, value)?;
    Ok(Value::Map(fields))
}
