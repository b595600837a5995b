//! What a process can serve: a callable as its author wrote it, or any tower service for HTTP requests.

use std::convert::Infallible;

use http::{Request, Response};
use tower_service::Service;

use super::{error::StartError, request_body::RequestBody, setup::Setup};
use crate::callable::{Callable, CallableService, ResponseBody};

/// What the start of [`run_with`](crate::run_with) may return: a [`Callable`], a [`CallableService`],
/// [`Callables`](crate::callable::Callables), a [`HttpFunction`](crate::callable::HttpFunction), or another tower service with the same types, such as one that
/// wraps a `CallableService`.
///
/// ```no_run
/// use bytes::Bytes;
/// use serde_json::{Value, json};
/// use shared::HttpsError;
///
/// async fn paid(request: http::Request<Bytes>) -> Result<Value, HttpsError> {
///     Ok(json!({"bytes": request.body().len()}))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_with(async |setup| Ok(setup.http(paid)))
/// }
/// ```
pub trait Servable {
    /// The service that answers the requests.
    type Service: Service<
            Request<RequestBody>,
            Response = Response<ResponseBody>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static;

    /// Makes the service, with the configuration of the process.
    ///
    /// # Errors
    /// A variable that an option of the function needs is missing or cannot be used.
    fn into_served(self, setup: &Setup) -> Result<Self::Service, StartError>;
}

impl Servable for Callable {
    type Service = CallableService;

    fn into_served(self, setup: &Setup) -> Result<CallableService, StartError> {
        setup.callable(self)
    }
}

impl<S> Servable for S
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Service = Self;

    fn into_served(self, _: &Setup) -> Result<Self, StartError> {
        Ok(self)
    }
}
