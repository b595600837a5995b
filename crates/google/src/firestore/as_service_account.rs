//! The crate `firestore`, with the credentials of the service account: for work that no Security Rule can allow to a
//! user. Its client, which speaks gRPC, is made at the first use and not at the start.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ::firestore::{
    FirestoreDb, FirestoreDbOptions,
    gcloud_sdk::google_cloud_auth::{
        credentials::{CacheableResource, Credentials, CredentialsProvider, EntityTag},
        errors::CredentialsError,
    },
};
use http::{Extensions, HeaderMap, HeaderValue, header};
use shared::{
    Redacted,
    fetched::within,
    net::{SendError, ServiceUrl},
};
use tokio::sync::OnceCell;

use super::FirestoreError;
use crate::{AccessToken, AccessTokens, GoogleError};

/// The scope of Firestore's data, without its administration.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/datastore";
/// The limit for connecting at the first use, and for each attempt of a request afterwards.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Firestore as the service account, which **no Security Rule applies to**. [`Google::firestore`](crate::Google::firestore)
/// makes it; clones share one client. Prefer [`Firestore::as_caller`](super::Firestore::as_caller) where the rules allow
/// the caller what the function does for them.
///
/// ```no_run
/// use firebase_callable_google::{Google, firestore::AsServiceAccount};
/// use serde::{Deserialize, Serialize};
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// #[derive(Serialize, Deserialize)]
/// struct Total { notes: u64 }
///
/// async fn read_total(firestore: AsServiceAccount, request: CallableRequest<()>) -> Result<u64, HttpsError> {
///     request.require_auth()?;
///     let db = firestore.db().await.map_err(shared::callable::unavailable)?;
///     let total: Option<Total> = db.fluent().select().by_id_in("totals").obj().one("all").await?;
///     Ok(total.map_or(0, |total| total.notes))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_with(async |setup| {
///         let firestore = Google::from_setup(setup)?.firestore();
///         Ok(Callable::new(move |request| read_total(firestore.clone(), request)))
///     })
/// }
/// ```
///
/// The client connects directly: it uses neither `HTTPS_PROXY` nor a private authority of `AWS_CA_BUNDLE`. Its TLS is
/// the same rustls with aws-lc as for all other requests. On Lambda, a connection may be gone after a process was
/// frozen; the crate connects again and repeats the request.
///
/// Where the crate turns documents into Rust values in a stream, it skips one that does not fit: use the methods that
/// end in `_with_errors`. Its errors quote names and values of documents; do not log or send them.
#[derive(Debug, Clone)]
pub struct AsServiceAccount(Arc<Inner>);

struct Inner {
    project_id: String,
    /// `None` in a local run without a Firestore emulator.
    base: Option<ServiceUrl>,
    tokens: Arc<dyn AccessTokens>,
    db: OnceCell<FirestoreDb>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("base", &self.base).finish_non_exhaustive()
    }
}

impl AsServiceAccount {
    pub(crate) fn new(
        project_id: &str,
        base: Option<ServiceUrl>,
        tokens: Arc<dyn AccessTokens>,
    ) -> Self {
        let project_id = project_id.to_owned();
        Self(Arc::new(Inner { project_id, base, tokens, db: OnceCell::new() }))
    }

    /// The client of the default database. The first call connects, within five seconds and within the time that the
    /// call has left; after a failure, the next call tries again. Each attempt of a request ends after five seconds;
    /// `clone_with_request_timeout` changes that.
    ///
    /// ```no_run
    /// # async fn f(google: firebase_callable_google::Google) -> Result<(), Box<dyn std::error::Error>> {
    /// let db = google.firestore().db().await?;
    /// let note: Option<serde_json::Value> = db.fluent().select().by_id_in("notes").obj().one("n1").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Firestore cannot be reached. Or, in a local run with the Auth emulator, `FIRESTORE_EMULATOR_HOST` is not set.
    pub async fn db(&self) -> Result<FirestoreDb, GoogleError> {
        let connected = self.0.db.get_or_try_init(|| async {
            let connecting = within(TIMEOUT, self.connect()).await;
            connecting.unwrap_or(Err(SendError::Timeout.into()))
        });
        connected.await.cloned()
    }

    async fn connect(&self) -> Result<FirestoreDb, GoogleError> {
        let Inner { project_id, base, tokens, .. } = &*self.0;
        let Some(base) = base else {
            return Err(GoogleError::Credentials(FirestoreError::NoEmulator.to_string()));
        };
        // The first provider of a process stays. Without this line, a program that links a second cryptographic library
        // would have none, and the client would panic.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // The address is always given, so that the crate does not read `FIRESTORE_EMULATOR_HOST` from the environment.
        let options = FirestoreDbOptions::new(project_id.clone())
            .with_firebase_api_url(base.to_string())
            .with_request_timeout(TIMEOUT);
        let credentials = Credentials::from(Bearer::new(Arc::clone(tokens)));
        FirestoreDb::with_options_auth(options, credentials)
            .await
            .map_err(|_| SendError::Connect.into())
    }
}

/// The access tokens of the service account, as the crate asks for them: before each request.
pub(super) struct Bearer {
    tokens: Redacted<Arc<dyn AccessTokens>>,
    /// The last token, and the tag by which the crate knows that it has it already.
    last: Mutex<Option<(AccessToken, EntityTag)>>,
}

impl Bearer {
    pub(super) fn new(tokens: Arc<dyn AccessTokens>) -> Self {
        Self { tokens: Redacted(tokens), last: Mutex::default() }
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

impl CredentialsProvider for Bearer {
    async fn headers(
        &self,
        extensions: Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let token = self.tokens.0.access_token().await;
        let token =
            token.map_err(|error| CredentialsError::from_source(error.is_transient(), error))?;
        let entity_tag = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            match &*last {
                Some((known, tag)) if *known == token => tag.clone(),
                _ => last.insert((token.clone(), EntityTag::new())).1.clone(),
            }
        };
        if extensions.get() == Some(&entity_tag) {
            return Ok(CacheableResource::NotModified);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| CredentialsError::from_source(false, GoogleError::Answer))?;
        bearer.set_sensitive(true);
        let data = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        Ok(CacheableResource::New { entity_tag, data })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}
