//! Documents and pages of documents, as Firestore answers with them.

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    DocumentPath, Firestore, FirestoreError, Timestamp, read_value::read, value::FieldsJson,
};

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<T> {
    /// Where it is.
    pub path: DocumentPath,
    /// Its fields.
    pub data: T,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed. [`Write::if_unchanged_since`](super::Write::if_unchanged_since) takes it.
    pub update_time: Timestamp,
}

impl<T> Document<T> {
    /// The last part of its path.
    #[must_use]
    pub fn id(&self) -> &str {
        self.path.id()
    }
}

/// A part of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The documents, in the order of their ids.
    pub documents: Vec<Document<T>>,
    /// For the next page; `None` after the last one. A client may keep it and send it back: it gives no access, since
    /// the rules are applied to each page.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DocumentJson {
    name: String,
    #[serde(default)]
    fields: FieldsJson,
    create_time: String,
    update_time: String,
}

impl DocumentJson {
    /// The document, if it is where `fits` allows it: an answer about another document than the one that was asked for
    /// is refused.
    pub(super) fn into_document<T: DeserializeOwned>(
        self,
        firestore: &Firestore,
        fits: impl Fn(&DocumentPath) -> bool,
    ) -> Result<Document<T>, FirestoreError> {
        let path = DocumentPath::from_name(&self.name, firestore.documents());
        let path = path.filter(fits).ok_or(FirestoreError::Answer)?;
        let time = |text: &str| Timestamp::parse(text).ok_or(FirestoreError::Answer);
        let (create_time, update_time) = (time(&self.create_time)?, time(&self.update_time)?);
        Ok(Document { path, data: read(self.fields.0)?, create_time, update_time })
    }

    /// Its path and when it was changed, without its fields.
    pub(super) fn written(
        self,
        firestore: &Firestore,
    ) -> Result<(DocumentPath, Timestamp), FirestoreError> {
        let path = DocumentPath::from_name(&self.name, firestore.documents());
        let time = Timestamp::parse(&self.update_time);
        path.zip(time).ok_or(FirestoreError::Answer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageJson {
    #[serde(default)]
    pub(super) documents: Vec<DocumentJson>,
    #[serde(default)]
    pub(super) next_page_token: String,
}
