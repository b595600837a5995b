//! What a secret with a service account holds.

use serde_json::{Map, Value};

use super::manager::SecretError;
use crate::{Credentials, credentials_document::members};

/// Credentials, and what stands beside them in the same JSON object.
pub(super) struct Contents {
    credentials: Credentials,
    members: Map<String, Value>,
}

impl Contents {
    /// The credentials that `text` was read as, and its other members.
    pub(super) fn new(credentials: Credentials, text: &str) -> Result<Self, SecretError> {
        let mut members = members(text).map_err(|error| SecretError::Content(error.to_string()))?;
        // Parsed already, and of no use as text.
        members.remove("private_key");
        Ok(Self { credentials, members })
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
}
