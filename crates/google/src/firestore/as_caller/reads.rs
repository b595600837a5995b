//! The operations that read documents.

use http::Method;
use serde::de::DeserializeOwned;

use super::{
    caller::AsCaller,
    request::{Kind, parsed},
};
use crate::firestore::{
    CollectionPath, Document, DocumentPath, FirestoreError, Page, Query,
    document::{DocumentJson, PageJson},
    path::{escaped, escaped_text},
    query,
};

/// The longest page token; Firestore's own are shorter.
const MAX_PAGE_TOKEN: usize = 4096;

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
}
