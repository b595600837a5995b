//! Reads fields of the JSON document with a service account's credentials. The error names the field that is wrong.

use std::fmt;

use serde_json::{Map, Value};

/// Which field of a credentials document is missing or wrong. It contains no part of the document.
///
/// ```
/// let error = firebase_callable_google::ServiceAccountKey::from_json("{}").unwrap_err();
/// assert_eq!(error.to_string(), "its field type is missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CredentialsError(String);

impl CredentialsError {
    pub(crate) fn new(field: &str, problem: impl fmt::Display) -> Self {
        Self(format!("its field {field} {problem}"))
    }
}

/// The members of a credentials document.
pub(crate) fn members(document: &str) -> Result<Map<String, Value>, CredentialsError> {
    let not_an_object = |_| CredentialsError("it is not a JSON object".to_owned());
    serde_json::from_str(document).map_err(not_an_object)
}

pub(crate) fn text<'m>(
    members: &'m Map<String, Value>,
    field: &str,
) -> Result<&'m str, CredentialsError> {
    match members.get(field) {
        None => Err(CredentialsError::new(field, "is missing")),
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(CredentialsError::new(field, "is not a string")),
    }
}
