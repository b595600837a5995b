//! Options about answers: which pages may read them, how long they may take, what is told about them.

use std::time::Duration;

use crate::{callable::builder::Callable, protocol::CorsOrigins};

impl Callable {
    /// Which origins may read the answers. Default: `ALLOWED_ORIGINS`, and any origin without it.
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

    /// Whether the process starts only with a list of origins in `ALLOWED_ORIGINS` (or in
    /// [`cors`](Self::cors)), which may be empty: no reflection of any origin, and no `*`. Default: no.
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

    /// Whether answers say `Cache-Control: no-store`, as whatever holds a credential should.
    /// Default: no; answers to POST are not stored by browsers anyway.
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

    /// How long before Lambda's deadline the caller gets DEADLINE_EXCEEDED, instead of the
    /// gateway's error after the kill. Default: 500 ms.
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

    /// How many bytes of memory the `data` of a call may take, beside the body itself, once it is read into the
    /// handler's type or into a policy's `Value`; a call whose `data` would take more is INVALID_ARGUMENT. Default:
    /// 7 MiB, or 4 MiB and five times the length of the body if that is more, which keeps a process with one call at
    /// a time below eight times the body and 16 MB. Raise it for a handler that takes a `Value` or many small lists
    /// and objects: a `Value` of an object with two members takes about 500 bytes.
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

    /// How long a stream may be silent before blanks are sent to keep its connection open.
    /// Default: 30 seconds; `None`: never.
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

    /// Writes a line per call of which CloudWatch makes metrics, in this namespace: calls, duration and
    /// cold starts, by function and by status. Default: none; the log record of a call says the same.
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
