//! Options that are not about callers: CORS, caching, deadline, memory, keep-alive, metrics.

use std::time::Duration;

use crate::{callable::builder::Callable, protocol::CorsOrigins};

impl Callable {
    /// Which origins may read the answers. Default: those of `ALLOWED_ORIGINS`; if that is not set, any.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// use shared::CorsOrigins;
    ///
    /// let callable = callable.cors(CorsOrigins::list(["https://app.example.com"])?);
    /// # Ok::<(), shared::protocol::cors::InvalidOrigin>(())
    /// ```
    #[must_use]
    pub fn cors(mut self, origins: CorsOrigins) -> Self {
        self.options.cors = Some(origins);
        self
    }

    /// How long browsers may remember a preflight answer. Default: one hour.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.cors_max_age(std::time::Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn cors_max_age(mut self, max_age: Duration) -> Self {
        self.options.cors_max_age = max_age;
        self
    }

    /// Whether the process refuses to start unless `ALLOWED_ORIGINS` or [`cors`](Self::cors) is a list of origins. The
    /// list may be empty; `*` and the reflection of any origin are refused. Default: no.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.require_allowed_origins(true);
    /// ```
    #[must_use]
    pub fn require_allowed_origins(mut self, on: bool) -> Self {
        self.options.require_allowed_origins = on;
        self
    }

    /// Whether answers have the header `Cache-Control: no-store`, as an answer with a credential should. Default: no;
    /// browsers do not store answers to POST anyway.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.no_store(true);
    /// ```
    #[must_use]
    pub fn no_store(mut self, on: bool) -> Self {
        self.options.no_store = on;
        self
    }

    /// How long before Lambda's deadline the client gets DEADLINE_EXCEEDED. At the deadline itself Lambda kills the
    /// function, and the client would get the gateway's error. Default: 500 ms.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.deadline_margin(std::time::Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn deadline_margin(mut self, margin: Duration) -> Self {
        self.options.deadline_margin = margin;
        self
    }

    /// How many bytes of memory `data` may take when it is decoded into the handler's type or a policy's `Value`, in
    /// addition to the body; a call whose `data` would take more gets INVALID_ARGUMENT. Default: the larger of 7 MiB
    /// and 4 MiB plus five times the length of the body, which keeps a process with one call at a time below 16 MB plus
    /// eight times the body. Raise it for a handler that takes a `Value` or many small lists and objects: a `Value` of
    /// an object with two members takes about 500 bytes.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.data_budget(32 << 20);
    /// ```
    #[must_use]
    pub fn data_budget(mut self, bytes: usize) -> Self {
        self.options.data_budget = Some(bytes);
        self
    }

    /// How long a stream may be silent before blanks are sent to keep its connection open. `None` or zero: blanks
    /// are never sent. Default: 30 seconds.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.keep_alive(Some(std::time::Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub fn keep_alive(mut self, every: Option<Duration>) -> Self {
        self.options.keep_alive = every.filter(|every| !every.is_zero());
        self
    }

    /// Writes one more log line per call, from which CloudWatch extracts metrics into this namespace: calls, duration
    /// and cold starts, by function and by status. Default: off; the log record of a call has the same values.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.metrics("MyApp");
    /// ```
    #[must_use]
    pub fn metrics(mut self, namespace: impl Into<String>) -> Self {
        self.options.metrics = Some(namespace.into());
        self
    }
}
