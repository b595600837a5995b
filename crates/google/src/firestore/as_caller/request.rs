//! One request with the caller's token: its limits, and when it may be repeated.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::json;
use shared::fetched::within;

use super::caller::AsCaller;
use crate::firestore::{
    DocumentPath, FirestoreError, Timestamp, answer,
    client::TIMEOUT,
    document::DocumentJson,
    value::{Fields, FieldsRef},
};

/// Firestore's limit for one request.
const MAX_REQUEST_BYTES: usize = 10 << 20;

/// Whether an operation may be sent twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

impl AsCaller {
    pub(super) async fn patch(
        &self,
        path: &DocumentPath,
        url: &str,
        fields: &Fields,
    ) -> Result<Timestamp, FirestoreError> {
        let (written, time) = self.write(Method::PATCH, url, fields).await?;
        if written == *path { Ok(time) } else { Err(FirestoreError::Answer) }
    }

    pub(super) async fn write(
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
    pub(super) async fn send(
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
pub(super) fn parsed<T: DeserializeOwned>(answer: &[u8]) -> Result<T, FirestoreError> {
    serde_json::from_slice(answer).map_err(|_| FirestoreError::Answer)
}
