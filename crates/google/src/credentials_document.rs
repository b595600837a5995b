//! The JSON document that credentials come in: its fields, and what is wrong with one of them.

use serde_json::{Map, Value};

/// Which field of a credentials document is missing or wrong. Carries nothing of its content.
///
/// ```
/// let error = firebase_callable_google::ServiceAccountKey::from_json("{}").unwrap_err();
/// assert_eq!(error.to_string(), "its field type is missing");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", of_field(.field))]
pub struct CredentialsError {
    field: &'static str,
    problem: &'static str,
}

impl CredentialsError {
    pub(crate) fn new(field: &'static str, problem: &'static str) -> Self {
        Self { field, problem }
    }
}

fn of_field(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("its field {field} ") }
}

/// The members of a credentials document.
pub(crate) fn members(document: &str) -> Result<Map<String, Value>, CredentialsError> {
    match serde_json::from_str(document) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialsError::new("", "it is not a JSON object")),
    }
}

pub(crate) fn text<'m>(
    members: &'m Map<String, Value>,
    field: &'static str,
) -> Result<&'m str, CredentialsError> {
    match members.get(field) {
        None => Err(CredentialsError::new(field, "is missing")),
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(CredentialsError::new(field, "is not a string")),
    }
}
