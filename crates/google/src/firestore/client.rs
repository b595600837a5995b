//! Where a project's Firestore is, and one HTTPS client for all requests to it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use shared::{
    host::{Setup, StartError},
    net::{KeptHttps, Limits, SendError, ServiceUrl},
};

use super::{DocumentPath, Reference};

/// The address of a local Firestore emulator. Firebase's own tools have the same name for it.
pub(crate) const EMULATOR_HOST: &str = "FIRESTORE_EMULATOR_HOST";
/// The limit for one operation, retries included, and less near the deadline of a call.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// A document has at most 1 MiB, in JSON a little more; a list of documents is cut by its own limit.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// The Firestore database of a Firebase project. Make one per process. It has no credentials of its own:
/// [`Self::as_caller`] sends requests with the ID token of a verified caller.
///
/// ```no_run
/// # fn build(setup: &shared::host::Setup) -> Result<(), shared::host::StartError> {
/// use firebase_callable_google::firestore::Firestore;
///
/// let firestore = Firestore::from_setup(setup)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Firestore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` in a local run without a Firestore emulator.
    base: Option<ServiceUrl>,
    /// The name of the root of all documents.
    documents: String,
    https: KeptHttps,
}

impl Firestore {
    /// The default database of the project `FIREBASE_PROJECT_ID`. Starts no connection.
    ///
    /// In a local run with the Auth emulator, the database of the Firestore emulator that `FIRESTORE_EMULATOR_HOST`
    /// names, which must be on this machine; without that variable every request fails, because a token of the Auth
    /// emulator must not be used with real data. Call `setup.accept_auth_emulator(…)` first. In any other run the
    /// variable is ignored, and an error is logged.
    ///
    /// # Errors
    /// `FIRESTORE_EMULATOR_HOST` is not the address of this machine, in a local run with the Auth emulator.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let base = address(setup)?;
        Ok(Self::new(base, setup.project_id(), "(default)"))
    }

    /// The default database of a project, at another address than Google's: a test server's or an emulator's.
    ///
    /// ```
    /// use firebase_callable_google::firestore::Firestore;
    /// use shared::net::ServiceUrl;
    ///
    /// let firestore = Firestore::at(ServiceUrl::parse("http://127.0.0.1:8080")?, "demo-app");
    /// # Ok::<(), shared::net::UrlError>(())
    /// ```
    #[must_use]
    pub fn at(base: ServiceUrl, project_id: &str) -> Self {
        Self::new(Some(base), project_id, "(default)")
    }

    /// Another database of the same project.
    ///
    /// ```
    /// # let firestore = firebase_callable_google::firestore::Firestore::at(
    /// #     shared::net::ServiceUrl::from_static("https://firestore.googleapis.com"), "my-app");
    /// let archive = firestore.database("archive");
    /// ```
    #[must_use]
    pub fn database(&self, id: &str) -> Self {
        let project = self.0.documents.split('/').nth(1).unwrap_or_default();
        Self::new(self.0.base.clone(), project, id)
    }

    pub(super) fn new(base: Option<ServiceUrl>, project_id: &str, database: &str) -> Self {
        let documents = format!("projects/{project_id}/databases/{database}/documents");
        let limits = Limits { total: TIMEOUT, body_bytes: MAX_ANSWER_BYTES, ..Limits::default() };
        Self(Arc::new(Inner { base, documents, https: KeptHttps::new(limits) }))
    }

    /// A value that refers to a document of this database.
    ///
    /// ```
    /// # use firebase_callable_google::firestore::{CollectionPath, Firestore};
    /// # let url = shared::net::ServiceUrl::from_static("https://firestore.googleapis.com");
    /// let firestore = Firestore::at(url, "my-app");
    /// let note = CollectionPath::new("notes")?.document("n1")?;
    /// let name = "projects/my-app/databases/(default)/documents/notes/n1";
    /// assert_eq!(firestore.reference(&note).0, name);
    /// # Ok::<(), firebase_callable_google::firestore::FirestoreError>(())
    /// ```
    #[must_use]
    pub fn reference(&self, document: &DocumentPath) -> Reference {
        Reference(self.name(document.segments()))
    }

    /// The full name of a document or collection, as it stands in bodies.
    pub(super) fn name(&self, segments: &[String]) -> String {
        let mut name = self.0.documents.clone();
        for segment in segments {
            name.push('/');
            name.push_str(segment);
        }
        name
    }

    /// The name of the root of all documents.
    pub(super) fn documents(&self) -> &str {
        &self.0.documents
    }

    pub(super) fn base(&self) -> Option<&ServiceUrl> {
        self.0.base.as_ref()
    }

    /// Sends a request. Connections are kept for later ones.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        self.0.https.send(request, MAX_ANSWER_BYTES).await
    }
}

/// Where Firestore is; `None` in a local run without an emulator.
pub(crate) fn address(setup: &Setup) -> Result<Option<ServiceUrl>, StartError> {
    let host = setup.variable(EMULATOR_HOST).text();
    if setup.auth_emulator().is_none() {
        if host.is_some() {
            tracing::error!(
                "{EMULATOR_HOST} is set, and ignored: this process does not accept the Auth emulator; unset it"
            );
        }
        return Ok(Some(ServiceUrl::from_static("https://firestore.googleapis.com")));
    }
    let Some(host) = host else { return Ok(None) };
    emulator(&host).map(Some).ok_or_else(|| {
        let problem = "is not the address of this machine: write host:port, as in 127.0.0.1:8080";
        StartError::new(EMULATOR_HOST, problem)
    })
}

/// The address of an emulator on this machine: connections to it are not encrypted.
pub(super) fn emulator(host: &str) -> Option<ServiceUrl> {
    let url = ServiceUrl::parse(&format!("http://{host}")).ok()?;
    let plain = url.uri().path_and_query().is_none_or(|path| path.as_str() == "/");
    (plain && url.uri().port().is_some()).then_some(url)
}
