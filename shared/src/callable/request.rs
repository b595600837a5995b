//! What a handler is given: decoded `data`, the verified caller, and the circumstances of the call.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Request};

use super::invocation::Invocation;
use crate::{
    protocol::HttpsError,
    token::{AppCheckData, AuthData},
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
