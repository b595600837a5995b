//! Operations that change documents.

use http::Method;
use serde::Serialize;

use super::{caller::AsCaller, request::Kind};
use crate::firestore::{
    CollectionPath, DocumentPath, FirestoreError, Timestamp, Write, commit,
    field_path::{quoted, quoted_path},
    path::{escaped, escaped_text},
    value::Fields,
    write_value::fields,
};

impl AsCaller {
    /// Creates a document. Returns when it was created. Rules: `create`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, CollectionPath};
    /// # async fn f(documents: AsCaller) -> Result<(), shared::HttpsError> {
    /// let path = CollectionPath::new("notes")?.document("n1")?;
    /// documents.create(&path, &serde_json::json!({ "text": "hello" })).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`FirestoreError::Exists`] if the document exists; else as [`Self::get`].
    pub async fn create(
        &self,
        path: &DocumentPath,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Timestamp, FirestoreError> {
        let (parent, id) = path.parts();
        let url = format!("{}?documentId={}", escaped(parent), escaped_text(id));
        let (created, time) = self.write(Method::POST, &url, &fields(value)?).await?;
        if created == *path { Ok(time) } else { Err(FirestoreError::Answer) }
    }

    /// Creates a document whose id Firestore chooses, at random. Rules: `create`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, CollectionPath};
    /// # async fn f(documents: AsCaller) -> Result<String, shared::HttpsError> {
    /// let note = serde_json::json!({ "text": "hello" });
    /// let path = documents.add(&CollectionPath::new("notes")?, &note).await?;
    /// Ok(path.id().to_owned())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`]. After [`FirestoreError::Deadline`] the document may exist, and a second attempt would make a
    /// second one: where that matters, choose the id and use [`Self::create`].
    pub async fn add(
        &self,
        collection: &CollectionPath,
        value: &(impl Serialize + ?Sized),
    ) -> Result<DocumentPath, FirestoreError> {
        let url = escaped(collection.segments());
        let (created, _) = self.write(Method::POST, &url, &fields(value)?).await?;
        if collection.contains(&created) { Ok(created) } else { Err(FirestoreError::Answer) }
    }

    /// Writes a whole document: creates it, or replaces all its fields. Returns when it was changed. Rules: `create` or
    /// `update`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, DocumentPath};
    /// # async fn f(documents: AsCaller, path: DocumentPath) -> Result<(), shared::HttpsError> {
    /// documents.set(&path, &serde_json::json!({ "text": "hello" })).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn set(
        &self,
        path: &DocumentPath,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Timestamp, FirestoreError> {
        let url = escaped(path.segments());
        self.patch(path, &url, &fields(value)?).await
    }

    /// Changes the fields of `value` in a document that exists, and keeps its other fields. A field that is a map or an
    /// array is replaced as a whole. Rules: `update`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, DocumentPath};
    /// # async fn f(documents: AsCaller, path: DocumentPath) -> Result<(), shared::HttpsError> {
    /// #[derive(serde::Serialize)]
    /// struct Done { done: bool }
    ///
    /// documents.update(&path, &Done { done: true }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`FirestoreError::NotFound`] if the document does not exist; else as [`Self::get`].
    pub async fn update(
        &self,
        path: &DocumentPath,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Timestamp, FirestoreError> {
        let fields = fields(value)?;
        let mask = fields.iter().map(|(name, _)| quoted(name)).collect();
        self.update_masked(path, &fields, mask).await
    }

    /// Like [`Self::update`], for the fields that `mask` lists only. A field of the mask that `value` does not have is
    /// removed. A dot leads to a field inside a map, as in `address.city`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, DocumentPath};
    /// # async fn f(documents: AsCaller, path: DocumentPath) -> Result<(), shared::HttpsError> {
    /// let value = serde_json::json!({ "address": { "city": "Ulm" } });
    /// documents.update_fields(&path, &value, &["address.city", "nickname"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::update`].
    pub async fn update_fields(
        &self,
        path: &DocumentPath,
        value: &(impl Serialize + ?Sized),
        mask: &[&str],
    ) -> Result<Timestamp, FirestoreError> {
        let mask = mask.iter().map(|field| quoted_path(field)).collect();
        self.update_masked(path, &fields(value)?, mask).await
    }

    async fn update_masked(
        &self,
        path: &DocumentPath,
        fields: &Fields,
        mask: Vec<String>,
    ) -> Result<Timestamp, FirestoreError> {
        if mask.is_empty() {
            // Without a mask, Firestore would replace the whole document.
            return Err(FirestoreError::Unstorable("an update without a field".to_owned()));
        }
        let mut url = format!("{}?currentDocument.exists=true", escaped(path.segments()));
        for field in mask {
            url.push_str("&updateMask.fieldPaths=");
            url.push_str(&escaped_text(&field));
        }
        self.patch(path, &url, fields).await
    }

    /// Deletes a document; does nothing if there is none. Collections below it stay. Rules: `delete`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, DocumentPath};
    /// # async fn f(documents: AsCaller, path: DocumentPath) -> Result<(), shared::HttpsError> {
    /// documents.delete(&path).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn delete(&self, path: &DocumentPath) -> Result<(), FirestoreError> {
        let url = escaped(path.segments());
        self.send(Kind::Write, Method::DELETE, &url, None).await.map(drop)
    }

    /// Makes several writes, all or none of them. Rules: those of each write.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, Document, DocumentPath, Write};
    /// # #[derive(serde::Serialize)] struct Note { likes: i64 }
    /// # async fn f(documents: AsCaller, note: Document<Note>, log: DocumentPath) -> Result<(), shared::HttpsError> {
    /// let liked = Note { likes: note.data.likes + 1 };
    /// documents.commit([
    ///     Write::update(&note.path, &liked).if_unchanged_since(&note.update_time),
    ///     Write::create(&log, &serde_json::json!({})).server_time("at"),
    /// ]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`]. [`FirestoreError::Precondition`], [`FirestoreError::NotFound`] or [`FirestoreError::Exists`]
    /// if a write's condition is not met: read again, and decide again.
    pub async fn commit(
        &self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<(), FirestoreError> {
        let body = commit::body(writes, &self.firestore)?;
        self.send(Kind::Write, Method::POST, ":commit", Some(body)).await.map(drop)
    }
}
