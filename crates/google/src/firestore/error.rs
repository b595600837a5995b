//! Why a request to Firestore failed, and what the client is told.

use std::fmt;

use shared::{ErrorCode, HttpsError, net::SendError};

/// Why a request to Firestore failed. `?` in a handler turns it into the [`HttpsError`] with the right code.
///
/// Its text is one sentence for the operator, without any value of a document. It does not implement
/// [`std::error::Error`], because every type that does becomes INTERNAL through `?`; it converts into a boxed error.
///
/// ```
/// use firebase_callable_google::firestore::FirestoreError;
/// use shared::{ErrorCode, HttpsError};
///
/// fn handler() -> Result<(), HttpsError> {
///     Err(FirestoreError::Denied)?
/// }
/// assert_eq!(handler().unwrap_err().code(), ErrorCode::PermissionDenied);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirestoreError {
    /// The Security Rules refuse the caller. PERMISSION_DENIED.
    Denied,
    /// Google refuses the caller's ID token, which may have expired since it was verified. UNAUTHENTICATED.
    Token,
    /// The document to be changed does not exist. NOT_FOUND. (Reading a missing document is not an error.)
    NotFound,
    /// The document to be created exists. ALREADY_EXISTS.
    Exists,
    /// A write's condition is not met: the document has changed since. FAILED_PRECONDITION.
    Precondition,
    /// Too many writes to the same documents at the same time. ABORTED.
    Contention,
    /// A quota is used up. RESOURCE_EXHAUSTED.
    Exhausted,
    /// Firestore cannot answer right now. UNAVAILABLE.
    Unavailable,
    /// No answer within the time limit. A write may have been made. DEADLINE_EXCEEDED.
    Deadline,
    /// No answer arrived, for another reason. UNAVAILABLE.
    Send(SendError),
    /// An id or page token that Firestore could not have made; the text says why. INVALID_ARGUMENT.
    Id(&'static str),
    /// A value that Firestore cannot store; the text says which field and why. INTERNAL.
    Unstorable(String),
    /// A document that does not fit the Rust type; the text says which field and why. INTERNAL.
    Unfit(String),
    /// The query needs an index, which can be created at this URL, if Firestore named one. INTERNAL.
    Index(Option<String>),
    /// The project has no such database. INTERNAL.
    NoDatabase,
    /// Firestore refuses the request with this HTTP status; it is wrong in itself. INTERNAL.
    Refused(u16),
    /// The answer does not have the documented form. INTERNAL.
    Answer,
    /// The process accepts the Auth emulator, but `FIRESTORE_EMULATOR_HOST` is not set. INTERNAL.
    NoEmulator,
}

impl FirestoreError {
    /// The code that the client sees.
    ///
    /// ```
    /// use firebase_callable_google::firestore::FirestoreError;
    /// use shared::ErrorCode;
    ///
    /// assert_eq!(FirestoreError::Contention.code(), ErrorCode::Aborted);
    /// ```
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Denied => ErrorCode::PermissionDenied,
            Self::Token => ErrorCode::Unauthenticated,
            Self::NotFound => ErrorCode::NotFound,
            Self::Exists => ErrorCode::AlreadyExists,
            Self::Precondition => ErrorCode::FailedPrecondition,
            Self::Contention => ErrorCode::Aborted,
            Self::Exhausted => ErrorCode::ResourceExhausted,
            Self::Deadline | Self::Send(SendError::Timeout) => ErrorCode::DeadlineExceeded,
            Self::Unavailable | Self::Send(_) => ErrorCode::Unavailable,
            Self::Id(_) => ErrorCode::InvalidArgument,
            Self::Unstorable(_)
            | Self::Unfit(_)
            | Self::Index(_)
            | Self::NoDatabase
            | Self::Refused(_)
            | Self::Answer
            | Self::NoEmulator => ErrorCode::Internal,
        }
    }

    /// The text that the client sees.
    fn message(&self) -> &'static str {
        match self.code() {
            ErrorCode::PermissionDenied => "Permission denied",
            ErrorCode::Unauthenticated => "Unauthenticated",
            ErrorCode::NotFound => "Not found",
            ErrorCode::AlreadyExists => "Already exists",
            ErrorCode::FailedPrecondition => "The document has changed",
            ErrorCode::Aborted => "Aborted",
            ErrorCode::ResourceExhausted => "Resource exhausted",
            ErrorCode::DeadlineExceeded => "Deadline exceeded",
            ErrorCode::Unavailable => "Unavailable",
            ErrorCode::InvalidArgument => match self {
                Self::Id(problem) => problem,
                _ => "Invalid argument",
            },
            _ => "INTERNAL",
        }
    }
}

impl fmt::Display for FirestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Firestore: ")?;
        match self {
            Self::Denied => f.write_str(
                "the Security Rules do not allow this request for this caller (or the Firestore API is disabled)",
            ),
            Self::Token => f.write_str("the caller's ID token is refused; it may have expired"),
            Self::NotFound => f.write_str("the document to be changed does not exist"),
            Self::Exists => f.write_str("the document to be created exists"),
            Self::Precondition => f.write_str("a write's condition is not met"),
            Self::Contention => f.write_str("too many writes to the same documents at the same time"),
            Self::Exhausted => f.write_str("a quota is used up"),
            Self::Unavailable => f.write_str("it cannot answer right now"),
            Self::Deadline => f.write_str("no answer within the time limit"),
            Self::Send(error) => error.fmt(f),
            Self::Id(problem) => f.write_str(problem),
            Self::Unstorable(problem) => write!(f, "a value cannot be stored: {problem}"),
            Self::Unfit(problem) => write!(f, "a document does not fit its Rust type: {problem}"),
            Self::Index(None) => f.write_str("the query needs an index"),
            Self::Index(Some(url)) => write!(f, "the query needs an index; create it at {url}"),
            Self::NoDatabase => f.write_str("the project has no such database; create one"),
            Self::Refused(status) => {
                write!(f, "the request is refused with status {status}; it is wrong in itself")
            }
            Self::Answer => f.write_str("the answer does not have the documented form"),
            Self::NoEmulator => f.write_str(
                "FIRESTORE_EMULATOR_HOST is not set, and real data is not used with the Auth emulator: set it to the \
                 address of a local Firestore emulator, as in 127.0.0.1:8080",
            ),
        }
    }
}

impl From<FirestoreError> for HttpsError {
    fn from(error: FirestoreError) -> Self {
        Self::new(error.code(), error.message()).with_source(error)
    }
}

impl From<FirestoreError> for Box<dyn std::error::Error + Send + Sync> {
    fn from(error: FirestoreError) -> Self {
        error.to_string().into()
    }
}

impl From<SendError> for FirestoreError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Timeout => Self::Deadline,
            error => Self::Send(error),
        }
    }
}
