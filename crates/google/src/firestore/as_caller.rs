//! The operations on documents, sent with the caller's own ID token.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use shared::{AuthData, fetched::within};

use super::{
    CollectionPath, Document, DocumentPath, Firestore, FirestoreError, Page, Query, Timestamp,
    Write, answer,
    client::TIMEOUT,
    commit,
    document::{DocumentJson, PageJson},
    field_path::{quoted, quoted_path},
    path::{escaped, escaped_text},
    query,
    value::{Fields, FieldsRef},
    write_value::fields,
};

/// The longest page token; Firestore's own are shorter.
const MAX_PAGE_TOKEN: usize = 4096;
/// Firestore's limit for one request.
const MAX_REQUEST_BYTES: usize = 10 << 20;

/// Firestore, as one caller. [`Firestore::as_caller`] makes it; it lives no longer than the call, because the caller's
/// ID token expires.
///
/// Each operation ends within five seconds, and within nine tenths of the time that the call has left. Reads are
/// repeated once after a passing failure; writes only if no connection was made, because the first attempt may have
/// been carried out.
#[derive(Clone)]
pub struct AsCaller {
    firestore: Firestore,
    /// `None` if the token cannot be a header, which a verified one always can.
    bearer: Option<HeaderValue>,
}

/// Whether an operation may be sent twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

impl Firestore {
    /// Requests with the caller's own ID token: the Security Rules see the caller as `request.auth`, as if the app had
    /// sent the request itself. Only a verified caller has an [`AuthData`].
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::Firestore;
    /// # fn f(firestore: Firestore, request: shared::CallableRequest<()>) -> Result<(), shared::HttpsError> {
    /// let documents = firestore.as_caller(request.require_auth()?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn as_caller(&self, caller: &AuthData) -> AsCaller {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", caller.raw_token()));
        let bearer = bearer.ok().map(|mut bearer| {
            bearer.set_sensitive(true); // `Debug` does not show it
            bearer
        });
        AsCaller { firestore: self.clone(), bearer }
    }
}

/// Shows no token.
impl fmt::Debug for AsCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCaller")
            .field("documents", &self.firestore.documents())
            .finish_non_exhaustive()
    }
}

impl AsCaller {
    /// The document at `path`; `None` if there is none. Rules: `get`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, CollectionPath};
    /// # #[derive(serde::Deserialize)] struct Note { text: String }
    /// # async fn f(documents: AsCaller, id: &str) -> Result<(), shared::HttpsError> {
    /// let path = CollectionPath::new("notes")?.document(id)?;
    /// if let Some(note) = documents.get::<Note>(&path).await? {
    ///     println!("{} characters", note.data.text.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The rules refuse the caller, the document does not fit `T`, or Firestore does not answer.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &DocumentPath,
    ) -> Result<Option<Document<T>>, FirestoreError> {
        let url = escaped(path.segments());
        match self.send(Kind::Read, Method::GET, &url, None).await {
            Ok(answer) => {
                let document: DocumentJson = parsed(&answer)?;
                document.into_document(&self.firestore, |found| found == path).map(Some)
            }
            Err(FirestoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

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

    /// A page of a collection, in the order of the documents' ids. `page_token` is [`Page::next`] of the page before.
    /// Rules: `list`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, CollectionPath};
    /// # #[derive(serde::Deserialize)] struct Note { text: String }
    /// # async fn f(documents: AsCaller) -> Result<(), shared::HttpsError> {
    /// let notes = CollectionPath::new("notes")?;
    /// let first = documents.list::<Note>(&notes, 20, None).await?;
    /// let second = documents.list::<Note>(&notes, 20, first.next.as_deref()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`]; [`FirestoreError::Id`] for a token that cannot be Firestore's.
    pub async fn list<T: DeserializeOwned>(
        &self,
        collection: &CollectionPath,
        page_size: u32,
        page_token: Option<&str>,
    ) -> Result<Page<T>, FirestoreError> {
        let mut url = format!("{}?pageSize={page_size}", escaped(collection.segments()));
        if let Some(token) = page_token {
            if token.is_empty() || token.len() > MAX_PAGE_TOKEN {
                return Err(FirestoreError::Id("the page token is not Firestore's"));
            }
            url.push_str("&pageToken=");
            url.push_str(&escaped_text(token));
        }
        let answer = self.send(Kind::Read, Method::GET, &url, None).await?;
        let PageJson { documents, next_page_token } = parsed(&answer)?;
        let documents = documents
            .into_iter()
            .map(|json| json.into_document(&self.firestore, |found| collection.contains(found)))
            .collect::<Result<_, _>>()?;
        Ok(Page { documents, next: Some(next_page_token).filter(|token| !token.is_empty()) })
    }

    /// The documents that a query finds. Rules: `list`.
    ///
    /// ```no_run
    /// # use firebase_callable_google::firestore::{AsCaller, CollectionPath, Compare, Direction, Query};
    /// # #[derive(serde::Deserialize)] struct Note { text: String }
    /// # async fn f(documents: AsCaller, uid: &str) -> Result<(), shared::HttpsError> {
    /// let newest = Query::new(&CollectionPath::new("notes")?)
    ///     .filter("owner", Compare::Equal, uid)
    ///     .order_by("createdAt", Direction::Descending)
    ///     .limit(10);
    /// let notes = documents.query::<Note>(&newest).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Self::get`]; [`FirestoreError::Index`] if the query needs an index that does not exist.
    pub async fn query<T: DeserializeOwned>(
        &self,
        query: &Query,
    ) -> Result<Vec<Document<T>>, FirestoreError> {
        let (parent, _) = query.collection.parts();
        let url = format!("{}:runQuery", escaped(parent));
        let body = query.body()?;
        let answer = self.send(Kind::Read, Method::POST, &url, Some(body)).await?;
        query::documents(parsed(&answer)?)?
            .into_iter()
            .map(|json| {
                json.into_document(&self.firestore, |found| query.collection.contains(found))
            })
            .collect()
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

    async fn patch(
        &self,
        path: &DocumentPath,
        url: &str,
        fields: &Fields,
    ) -> Result<Timestamp, FirestoreError> {
        let (written, time) = self.write(Method::PATCH, url, fields).await?;
        if written == *path { Ok(time) } else { Err(FirestoreError::Answer) }
    }

    async fn write(
        &self,
        method: Method,
        url: &str,
        fields: &Fields,
    ) -> Result<(DocumentPath, Timestamp), FirestoreError> {
        let body = json!({ "fields": FieldsRef(fields) }).to_string();
        let answer = self.send(Kind::Write, method, url, Some(body)).await?;
        parsed::<DocumentJson>(&answer)?.written(&self.firestore)
    }

    /// Sends a request below the root of all documents, and returns the body of a 200.
    async fn send(
        &self,
        kind: Kind,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Bytes, FirestoreError> {
        let body = Bytes::from(body.unwrap_or_default());
        if body.len() > MAX_REQUEST_BYTES {
            return Err(FirestoreError::Unstorable("the request is larger than 10 MiB".to_owned()));
        }
        let base = self.firestore.base().ok_or(FirestoreError::NoEmulator)?;
        let url = base.join(&format!("/v1/{}{path}", self.firestore.documents()));
        let url = url.map_err(|_| FirestoreError::Id("the path is too long"))?;
        let attempt = || async {
            let mut request = Request::new(body.clone());
            *request.method_mut() = method.clone();
            *request.uri_mut() = url.uri().clone();
            let headers = request.headers_mut();
            let bearer = self.bearer.clone().ok_or(FirestoreError::Token)?;
            headers.insert(header::AUTHORIZATION, bearer);
            if !body.is_empty() {
                let json = HeaderValue::from_static("application/json");
                headers.insert(header::CONTENT_TYPE, json);
            }
            let response = self.firestore.send(request).await?;
            match response.status() {
                StatusCode::OK => Ok(response.into_body()),
                status => Err(answer::error(status, response.body())),
            }
        };
        let attempts = async {
            match attempt().await {
                Err(error) if may_repeat(kind, &error) => attempt().await,
                outcome => outcome,
            }
        };
        within(TIMEOUT, attempts).await.unwrap_or(Err(FirestoreError::Deadline))
    }
}

fn may_repeat(kind: Kind, error: &FirestoreError) -> bool {
    match error {
        FirestoreError::Send(error) if kind == Kind::Write => {
            error.is_transient() && error.is_before_sending()
        }
        FirestoreError::Send(error) => error.is_transient(),
        FirestoreError::Unavailable => kind == Kind::Read,
        _ => false,
    }
}

/// Reads an answer. serde_json refuses more than 128 levels; Firestore's values take 66 at most.
fn parsed<T: DeserializeOwned>(answer: &[u8]) -> Result<T, FirestoreError> {
    serde_json::from_slice(answer).map_err(|_| FirestoreError::Answer)
}
