//! Who asks: one caller's ID token.

use std::fmt;

use http::HeaderValue;
use shared::AuthData;

use crate::firestore::Firestore;

/// Firestore, as one caller. [`Firestore::as_caller`] makes it; it lives no longer than the call, because the caller's
/// ID token expires.
///
/// Each operation ends within five seconds, and within nine tenths of the time that the call has left. Reads are
/// repeated once after a passing failure; writes only if no connection was made, because the first attempt may have
/// been carried out.
#[derive(Clone)]
pub struct AsCaller {
    pub(super) firestore: Firestore,
    /// `None` if the token cannot be a header, which a verified one always can.
    pub(super) bearer: Option<HeaderValue>,
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
