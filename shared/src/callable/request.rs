//! The argument of a handler: decoded `data`, the verified caller, ids and deadline of the call.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Request};

use super::invocation::Invocation;
use crate::{
    protocol::HttpsError,
    token::{AppCheckData, AuthData},
};

/// One call, as the author's function receives it.
///
/// ```
/// use shared::{CallableRequest, HttpsError};
///
/// async fn rename(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     let author = request.require_auth()?;
///     Ok(format!("{} is now {}", author.uid(), request.data))
/// }
/// ```
#[non_exhaustive]
pub struct CallableRequest<T> {
    /// The argument of the call.
    pub data: T,
    /// The caller, if the call has a valid ID token. A call with an invalid one never reaches the handler.
    pub auth: Option<AuthData>,
    /// The calling app, if the call has a valid App Check token.
    pub app: Option<AppCheckData>,
    /// The FCM registration token of the caller's device. Not verified: it proves nothing about the caller.
    pub instance_id_token: Option<String>,
    /// Whether the client asked for a stream.
    pub accepts_streaming: bool,
    /// Request id and deadline, if the host has them.
    pub invocation: Invocation,
    /// The HTTP request: all headers, which include the ID token, and the body. Do not log it.
    pub raw_request: Request<Bytes>,
}

/// Leaves out the caller, `data` and the request, which contains the tokens.
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
    /// UNAUTHENTICATED if the call has no ID token.
    pub fn require_auth(&self) -> Result<&AuthData, HttpsError> {
        self.auth.as_ref().ok_or_else(|| {
            HttpsError::unauthenticated("The function must be called while authenticated")
        })
    }

    /// The headers of the call. They include the tokens: do not log them.
    pub fn headers(&self) -> &HeaderMap {
        self.raw_request.headers()
    }

    pub(super) fn try_map<U>(
        self,
        map: impl FnOnce(T) -> Result<U, HttpsError>,
    ) -> Result<CallableRequest<U>, HttpsError> {
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
