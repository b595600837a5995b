//! Several writes in one request: each a change, perhaps with a condition.
//! Source: google/firestore/v1/write.proto and common.proto.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::{
    DocumentPath, Firestore, FirestoreError, Timestamp,
    field_path::{quoted, quoted_path},
    value::{Fields, FieldsRef},
    write_value::fields,
};

/// One write of [`AsCaller::commit`](super::AsCaller::commit).
///
/// ```
/// use firebase_callable_google::firestore::{CollectionPath, Write};
///
/// let path = CollectionPath::new("notes")?.document("n1")?;
/// let write = Write::create(&path, &serde_json::json!({ "text": "hello" })).server_time("createdAt");
/// # Ok::<(), firebase_callable_google::firestore::FirestoreError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Write {
    path: DocumentPath,
    change: Change,
    condition: Option<Condition>,
    /// Fields that are set to the time of the commit.
    server_times: Vec<String>,
}

#[derive(Debug, Clone)]
enum Change {
    Set(Values),
    /// The fields of the value, and no others.
    Update(Values),
    Delete,
}

/// Fields, or why they cannot be stored, which the commit reports. `Debug` shows no value.
#[derive(Clone)]
struct Values(Result<Fields, FirestoreError>);

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Values")
    }
}

#[derive(Debug, Clone)]
enum Condition {
    Exists(bool),
    UpdateTime(Timestamp),
}

impl Write {
    fn new(path: &DocumentPath, change: Change, condition: Option<Condition>) -> Self {
        Self { path: path.clone(), change, condition, server_times: Vec::new() }
    }

    /// Creates a document, which must not exist.
    #[must_use]
    pub fn create(path: &DocumentPath, value: &(impl Serialize + ?Sized)) -> Self {
        Self::new(path, Change::Set(Values(fields(value))), Some(Condition::Exists(false)))
    }

    /// Creates a document or replaces all its fields.
    #[must_use]
    pub fn set(path: &DocumentPath, value: &(impl Serialize + ?Sized)) -> Self {
        Self::new(path, Change::Set(Values(fields(value))), None)
    }

    /// Changes the fields of `value` in a document, which must exist, and keeps the others.
    #[must_use]
    pub fn update(path: &DocumentPath, value: &(impl Serialize + ?Sized)) -> Self {
        Self::new(path, Change::Update(Values(fields(value))), Some(Condition::Exists(true)))
    }

    /// Deletes a document.
    #[must_use]
    pub fn delete(path: &DocumentPath) -> Self {
        Self::new(path, Change::Delete, None)
    }

    /// Only if the document exists.
    #[must_use]
    pub fn if_exists(mut self) -> Self {
        self.condition = Some(Condition::Exists(true));
        self
    }

    /// Only if nobody has changed the document since [`Document::update_time`](super::Document::update_time).
    #[must_use]
    pub fn if_unchanged_since(mut self, update_time: &Timestamp) -> Self {
        self.condition = Some(Condition::UpdateTime(update_time.clone()));
        self
    }

    /// Sets a field to the time of the commit, which rules see as `request.time`.
    #[must_use]
    pub fn server_time(mut self, field: &str) -> Self {
        self.server_times.push(quoted_path(field));
        self
    }

    fn json(self, firestore: &Firestore) -> Result<Json, FirestoreError> {
        let name = firestore.name(self.path.segments());
        let mut write = Map::new();
        let mut put = |member: &str, value: Json| write.insert(member.to_owned(), value);
        match self.change {
            Change::Delete => put("delete", name.into()),
            Change::Set(values) => {
                put("update", json!({ "name": name, "fields": FieldsRef(&values.0?) }))
            }
            Change::Update(values) => {
                let fields = values.0?;
                let mask: Vec<String> = fields.iter().map(|(name, _)| quoted(name)).collect();
                put("update", json!({ "name": name, "fields": FieldsRef(&fields) }));
                put("updateMask", json!({ "fieldPaths": mask }))
            }
        };
        if !self.server_times.is_empty() {
            let transforms: Vec<Json> = self
                .server_times
                .iter()
                .map(|field| json!({ "fieldPath": field, "setToServerValue": "REQUEST_TIME" }))
                .collect();
            put("updateTransforms", transforms.into());
        }
        match self.condition {
            None => {}
            Some(Condition::Exists(exists)) => {
                put("currentDocument", json!({ "exists": exists }));
            }
            Some(Condition::UpdateTime(time)) => {
                put("currentDocument", json!({ "updateTime": time.as_str() }));
            }
        }
        Ok(write.into())
    }
}

/// The body of a commit.
pub(super) fn body(
    writes: impl IntoIterator<Item = Write>,
    firestore: &Firestore,
) -> Result<String, FirestoreError> {
    let writes: Vec<Json> =
        writes.into_iter().map(|write| write.json(firestore)).collect::<Result<_, _>>()?;
    Ok(json!({ "writes": writes }).to_string())
}
