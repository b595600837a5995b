//! Callables whose types are known to clients.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{builder::Callable, chunk_sender::ChunkSender, request::CallableRequest};
use crate::protocol::HttpsError;

impl Callable {
    /// [`Callable::new`] with types that clients can know: `cargo callable types` writes them in TypeScript, Swift,
    /// Kotlin and Dart. The function's crate depends on `schemars` 1, and derives `JsonSchema` for its types. In a
    /// release build this constructor costs nothing.
    ///
    /// ```
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    /// use shared::{Callable, CallableRequest, HttpsError};
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Numbers { a: f64, b: f64 }
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Sum { sum: f64 }
    ///
    /// /// Adds two numbers.
    /// async fn add(request: CallableRequest<Numbers>) -> Result<Sum, HttpsError> {
    ///     Ok(Sum { sum: request.data.a + request.data.b })
    /// }
    ///
    /// let callable = Callable::typed(add);
    /// ```
    pub fn typed<In, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + JsonSchema + Send + 'static,
        Out: Serialize + JsonSchema + Send + 'static,
        H: Fn(CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::new(handler).with_types::<H, In, (), Out>(false)
    }

    /// [`Callable::typed`] for a handler with state. Each call gets a clone of `state`.
    ///
    /// ```
    /// use shared::{Callable, CallableRequest, HttpsError};
    ///
    /// async fn greet(greeting: &'static str, request: CallableRequest<String>) -> Result<String, HttpsError> {
    ///     Ok(format!("{greeting}, {}", request.data))
    /// }
    ///
    /// let callable = Callable::typed_with("Hello", greet);
    /// ```
    pub fn typed_with<State, In, Out, H, Fut>(state: State, handler: H) -> Self
    where
        State: Clone + Send + Sync + 'static,
        In: DeserializeOwned + JsonSchema + Send + 'static,
        Out: Serialize + JsonSchema + Send + 'static,
        H: Fn(State, CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::with(state, handler).with_types::<H, In, (), Out>(false)
    }

    /// [`Callable::streaming`] with types that clients can know; see [`Callable::typed`].
    ///
    /// ```
    /// use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
    ///
    /// async fn count(request: CallableRequest<u32>, numbers: ChunkSender<u32>) -> Result<u32, HttpsError> {
    ///     for number in 1..=request.data {
    ///         numbers.send(&number).await?;
    ///     }
    ///     Ok(request.data)
    /// }
    ///
    /// let callable = Callable::typed_streaming(count);
    /// ```
    pub fn typed_streaming<In, Chunk, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + JsonSchema + Send + 'static,
        Chunk: Serialize + JsonSchema + ?Sized + 'static,
        Out: Serialize + JsonSchema + Send + 'static,
        H: Fn(CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::streaming(handler).with_types::<H, In, Chunk, Out>(true)
    }

    /// [`Callable::typed_streaming`] for a handler with state. Each call gets a clone of `state`.
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
    /// let callable = Callable::typed_streaming_with(1, count);
    /// ```
    pub fn typed_streaming_with<State, In, Chunk, Out, H, Fut>(state: State, handler: H) -> Self
    where
        State: Clone + Send + Sync + 'static,
        In: DeserializeOwned + JsonSchema + Send + 'static,
        Chunk: Serialize + JsonSchema + ?Sized + 'static,
        Out: Serialize + JsonSchema + Send + 'static,
        H: Fn(State, CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::streaming_with(state, handler).with_types::<H, In, Chunk, Out>(true)
    }

    /// Tells clients the type of the details of this callable's errors ([`HttpsError::with_details`]). Default: they
    /// know nothing of it.
    ///
    /// ```
    /// use schemars::JsonSchema;
    /// use serde::Serialize;
    /// use shared::{Callable, CallableRequest, ErrorCode, HttpsError};
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Missing { credits: u32 }
    ///
    /// async fn buy(request: CallableRequest<u32>) -> Result<(), HttpsError> {
    ///     let missing = Missing { credits: request.data };
    ///     Err(HttpsError::new(ErrorCode::FailedPrecondition, "Too few credits").with_details(&missing))
    /// }
    ///
    /// let callable = Callable::typed(buy).error_details::<Missing>();
    /// ```
    #[must_use]
    pub fn error_details<T: Serialize + JsonSchema>(mut self) -> Self {
        self.options.types.set_details::<T>();
        self
    }

    fn with_types<H, In, Chunk, Out>(mut self, streams: bool) -> Self
    where
        In: JsonSchema,
        Chunk: JsonSchema + ?Sized,
        Out: JsonSchema,
    {
        self.options.types.set_handler::<H, In, Chunk, Out>(streams);
        self
    }
}
