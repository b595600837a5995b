//! `Callable`: the author's function with its options.

use std::future::Future;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    authenticator::Authenticator,
    chunk_sender::ChunkSender,
    handler::Handler,
    host_defaults::HostDefaults,
    options::Options,
    request::CallableRequest,
    service::{self, CallableService},
};
use crate::protocol::HttpsError;

/// One callable: the author's async function and its options.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// #[derive(Deserialize)]
/// struct Numbers { a: f64, b: f64 }
///
/// #[derive(Serialize)]
/// struct Sum { sum: f64 }
///
/// async fn add(request: CallableRequest<Numbers>) -> Result<Sum, HttpsError> {
///     Ok(Sum { sum: request.data.a + request.data.b })
/// }
///
/// let callable = Callable::new(add);
/// ```
pub struct Callable {
    handler: Handler,
    pub(crate) options: Options,
}

impl Callable {
    /// A callable that answers with one result. A client that asks for a stream gets that result as the only event.
    ///
    /// `data` is decoded into `In`; if it does not fit, the client gets INVALID_ARGUMENT with the path of the field.
    /// Use `()` for a callable without arguments, [`serde_json::Value`] for any argument. `Out` is written as a
    /// JavaScript server would write it; a result that a client SDK could not decode, such as one with an unknown
    /// `@type`, becomes INTERNAL. For a handler that needs a client or another value: [`Callable::with`].
    pub fn new<In, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + Send + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::streaming(move |request, _: ChunkSender<()>| handler(request))
    }

    /// [`Callable::new`] for a handler with state, such as a client that was made at start. Each call gets a clone of
    /// `state`; put what is costly to clone into an [`Arc`](std::sync::Arc). A test hands in a state of its own.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use shared::{Callable, CallableRequest, HttpsError};
    ///
    /// struct Greetings { text: &'static str }
    ///
    /// async fn greet(greetings: Arc<Greetings>, request: CallableRequest<String>) -> Result<String, HttpsError> {
    ///     Ok(format!("{}, {}", greetings.text, request.data))
    /// }
    ///
    /// let callable = Callable::with(Arc::new(Greetings { text: "Hello" }), greet);
    /// ```
    pub fn with<State, In, Out, H, Fut>(state: State, handler: H) -> Self
    where
        State: Clone + Send + Sync + 'static,
        In: DeserializeOwned + Send + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(State, CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::new(move |request| handler(state.clone(), request))
    }

    /// A callable that sends chunks while it runs, and ends with a result.
    ///
    /// The handler also serves clients that did not ask for a stream: sending then does nothing, and the result is the
    /// answer. Prefer a result that is not null: the Android SDK ignores a null at the end of a stream.
    ///
    /// When the client disconnects, the handler is dropped at its next await, if the host notices: the plain HTTP host
    /// does, Lambda does not.
    ///
    /// ```
    /// use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
    ///
    /// async fn count(request: CallableRequest<u32>, numbers: ChunkSender<u32>) -> Result<&'static str, HttpsError> {
    ///     for number in 1..=request.data {
    ///         numbers.send(&number).await?;
    ///     }
    ///     Ok("done")
    /// }
    ///
    /// let callable = Callable::streaming(count);
    /// ```
    pub fn streaming<In, Chunk, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + Send + 'static,
        Chunk: Serialize + ?Sized + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self { handler: service::erase_types(handler), options: Options::default() }
    }

    /// [`Callable::streaming`] for a handler with state. Each call gets a clone of `state`.
    ///
    /// ```
    /// use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
    ///
    /// async fn count(first: u32, request: CallableRequest<u32>, numbers: ChunkSender<u32>) -> Result<u32, HttpsError> {
    ///     for number in first..request.data {
    ///         numbers.send(&number).await?;
    ///     }
    ///     Ok(request.data)
    /// }
    ///
    /// let callable = Callable::streaming_with(1, count);
    /// ```
    pub fn streaming_with<State, In, Chunk, Out, H, Fut>(state: State, handler: H) -> Self
    where
        State: Clone + Send + Sync + 'static,
        In: DeserializeOwned + Send + 'static,
        Chunk: Serialize + ?Sized + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(State, CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::streaming(move |request, chunks| handler(state.clone(), request, chunks))
    }

    /// The callable as a tower service for any host or test. For how to create an authenticator, see [`Authenticator`].
    ///
    /// ```
    /// # use shared::callable::{Authenticator, Callable, CallableService};
    /// fn service(callable: Callable, authenticator: Authenticator) -> CallableService {
    ///     callable.into_service(authenticator)
    /// }
    /// ```
    #[must_use]
    pub fn into_service(self, authenticator: Authenticator) -> CallableService {
        self.into_hosted_service(authenticator, HostDefaults::default())
    }

    /// [`into_service`](Self::into_service) with the settings of a host.
    pub(crate) fn into_hosted_service(
        self,
        authenticator: Authenticator,
        host: HostDefaults,
    ) -> CallableService {
        CallableService::new(self.handler, self.options, authenticator, host)
    }
}
