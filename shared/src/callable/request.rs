//! What a handler is given: decoded `data`, the verified caller, and the circumstances of the call.

use std::{fmt, ops::Deref};

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;

use super::invocation::Invocation;
use crate::{
    protocol::HttpsError,
    token::{AppCheckToken, IdToken},
};

/// One call, as the author's function sees it.
#[non_exhaustive]
pub struct CallableRequest<T> {
    /// The argument of the call.
    pub data: T,
    /// The caller, if a valid ID token came with the call. A call with an invalid token never
    /// reaches a handler.
    pub auth: Option<AuthData>,
    /// The calling app, if a valid App Check token came with the call.
    pub app: Option<AppCheckData>,
    /// The FCM registration token of the caller's device. Not verified: no identity.
    pub instance_id_token: Option<String>,
    /// Whether the caller asked for a stream.
    pub accepts_streaming: bool,
    /// Request id and deadline, where the host has them.
    pub invocation: Invocation,
    /// The request as it came: headers, the ID token among them, and the body. Keep it out of logs.
    pub raw_request: Request<Bytes>,
}

/// Shows nothing of the caller, their data or their token.
impl<T> fmt::Debug for CallableRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallableRequest")
            .field("accepts_streaming", &self.accepts_streaming)
            .field("invocation", &self.invocation)
            .finish_non_exhaustive()
    }
}

impl<T> CallableRequest<T> {
    /// The signed-in caller.
    ///
    /// # Errors
    /// UNAUTHENTICATED when the call came without an ID token.
    pub fn require_auth(&self) -> Result<&AuthData, HttpsError> {
        self.auth.as_ref().ok_or_else(|| {
            HttpsError::unauthenticated("The function must be called while authenticated")
        })
    }

    /// The headers of the call, the ID token's among them: keep them out of logs.
    pub fn headers(&self) -> &HeaderMap {
        self.raw_request.headers()
    }

    pub(super) fn try_map<U, E>(
        self,
        map: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<CallableRequest<U>, E> {
        Ok(CallableRequest {
            data: map(self.data)?,
            auth: self.auth,
            app: self.app,
            instance_id_token: self.instance_id_token,
            accepts_streaming: self.accepts_streaming,
            invocation: self.invocation,
            raw_request: self.raw_request,
        })
    }
}

/// The verified caller: `uid`, claims and the raw token. Reads like an [`IdToken`], which only a
/// verifier can make:
///
/// ```compile_fail
/// fn forge(token: shared::token::IdToken) -> shared::AuthData { shared::AuthData { token } }
/// ```
pub struct AuthData {
    token: IdToken,
}

impl AuthData {
    pub(super) fn new(token: IdToken) -> Self {
        Self { token }
    }

    /// The user's id, 1 to 128 characters.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.token.uid()
    }

    /// A claim of the token, custom claims included; `None` if it is not there.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.token.claims().get(name)
    }
}

impl Deref for AuthData {
    type Target = IdToken;

    fn deref(&self) -> &IdToken {
        &self.token
    }
}

/// Reveals nothing: requests end up in logs.
impl fmt::Debug for AuthData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthData").finish_non_exhaustive()
    }
}

/// The verified app: its id and the claims of its App Check token. It says which app calls, never
/// which user. Reads like an [`AppCheckToken`], which only the verifier can make.
pub struct AppCheckData {
    token: AppCheckToken,
    already_consumed: Option<bool>,
}

impl AppCheckData {
    pub(super) fn new(token: AppCheckToken) -> Self {
        Self { token, already_consumed: None }
    }

    pub(super) fn consumed(mut self, already: bool) -> Self {
        self.already_consumed = Some(already);
        self
    }

    /// The app's id, as in `1:1234567890:web:321abc456def7890`.
    #[must_use]
    pub fn app_id(&self) -> &str {
        self.token.app_id()
    }

    /// Whether the token was used before, in a callable with
    /// [`consume_app_check_token`](super::Callable::consume_app_check_token); `None` in others. A
    /// token that was is no longer proof against replay: the handler decides.
    #[must_use]
    pub fn already_consumed(&self) -> Option<bool> {
        self.already_consumed
    }
}

impl Deref for AppCheckData {
    type Target = AppCheckToken;

    fn deref(&self) -> &AppCheckToken {
        &self.token
    }
}

/// Reveals nothing: requests end up in logs.
impl fmt::Debug for AppCheckData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppCheckData").finish_non_exhaustive()
    }
}
