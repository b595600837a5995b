//! `HttpsError`: the only error that reaches a client, with one constructor per code.
//! Any other error of a handler becomes INTERNAL, by `?` or `.or_internal()?`: its text is logged, and never sent.

mod fields;
mod or_error;

use std::{error::Error, fmt, iter::successors};

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use self::{
    fields::{data_path, data_path_camel_case},
    or_error::OrError,
};
use super::code::ErrorCode;
use crate::Redacted;

type Source = Box<dyn Error + Send + Sync + 'static>;

/// An error for the client, which sees its code, message and details.
///
/// P18: `?` turns an error that implements [`std::error::Error`] into INTERNAL: the client sees only the message
/// `INTERNAL`, and the log gets the whole chain of causes. `anyhow::Error`, `Box<dyn Error>` and `String` do not
/// implement that trait: for them, and for another code than INTERNAL, there is [`OrError`].
///
/// ```
/// use shared::{ErrorCode, HttpsError, OrError};
///
/// fn parse(text: &str) -> Result<u32, HttpsError> {
///     if text.is_empty() {
///         return Err(HttpsError::invalid_argument("text is empty"));
///     }
///     let (count, rest) = text.split_once(' ').or_error(ErrorCode::InvalidArgument, "text is one word")?;
///     rest.parse::<u32>().or_error(ErrorCode::OutOfRange, "the second word is not a number")?;
///     Ok(count.parse()?) // a failure here is INTERNAL
/// }
/// assert_eq!(parse("2 x").unwrap_err().code(), ErrorCode::OutOfRange);
/// assert_eq!(parse("x 2").unwrap_err().message(), "INTERNAL");
/// ```
///
/// It does not implement [`std::error::Error`] itself: Rust would then not allow the `From` impl for every type that
/// does, which `?` needs. Its `Debug` shows neither the details nor what the `Debug` of a cause would show, such as a
/// backtrace: only texts.
pub struct HttpsError(Box<Inner>); // boxed: a `Result<T, HttpsError>` stays as small as `T`

/// Serialized as the protocol's error object, with the members in the reference's order.
#[derive(Serialize)]
struct Inner {
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    message: String,
    #[serde(rename = "status", serialize_with = "canonical")]
    code: ErrorCode,
    #[serde(skip)]
    source: Option<Source>,
}

fn canonical<S: Serializer>(code: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.canonical())
}

impl HttpsError {
    /// An error with `code` and a message for the client.
    ///
    /// ```
    /// use shared::{ErrorCode, HttpsError};
    ///
    /// let error = HttpsError::new(ErrorCode::NotFound, "no such note");
    /// assert_eq!(error.code().http_status(), 404);
    /// ```
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), details: None, source: None }))
    }

    /// INTERNAL, with `source` for the log only.
    ///
    /// ```
    /// let error = shared::HttpsError::from_source("the stock is negative");
    /// assert_eq!(error.message(), "INTERNAL");
    /// ```
    pub fn from_source(source: impl Into<Source>) -> Self {
        Self::internal("INTERNAL").with_source(source)
    }

    /// Adds details that the client reads as `error.details`: any JSON value.
    ///
    /// Details that cannot be written as JSON, or that a client SDK cannot decode, turn the whole error into
    /// INTERNAL, because they would otherwise be lost silently.
    ///
    /// ```
    /// # use shared::HttpsError;
    /// let error = HttpsError::resource_exhausted("too many notes").with_details([("limit", 100)]);
    /// assert_eq!(error.details().unwrap()[0][1], 100);
    /// ```
    #[must_use]
    pub fn with_details(mut self, details: impl Serialize) -> Self {
        match serde_json::to_value(details) {
            Ok(details) => {
                self.0.details = Some(details);
                self
            }
            Err(error) => Self::from_source(error),
        }
    }

    /// Adds the cause, for the log only. For a code with an HTTP status of 500 or above it is part of the call's log
    /// record; for other codes it is a separate warning.
    ///
    /// ```
    /// # use shared::HttpsError;
    /// let error = HttpsError::unavailable("try again").with_source("connection refused");
    /// assert_eq!(error.source().unwrap().to_string(), "connection refused");
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Replaces an error that is too large, or that a client could not decode, by INTERNAL. The log gets the reason,
    /// and the cause of the replaced error.
    pub(crate) fn unsendable(self, reason: impl fmt::Display) -> Self {
        let reason = format!("the error {} cannot be sent: {reason}", self.code().canonical());
        Self::from_source(Unsendable { reason, cause: self.0.source })
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The text that the client sees.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The details that the client sees, if any.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// The cause, for the log only.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }

    /// The cause and everything that caused it, in one line, for the log only.
    pub(crate) fn causes(&self) -> Option<String> {
        self.source().map(with_causes)
    }

    /// The protocol's error object. It has `details` only if they were given.
    pub(crate) fn to_wire(&self) -> impl Serialize + '_ {
        &*self.0
    }
}

/// An error and its chain of causes, in one line.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let chain = successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl fmt::Debug for HttpsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsError")
            .field("code", &self.code())
            .field("message", &self.message())
            .field("details", &self.details().map(Redacted))
            .field("causes", &self.causes())
            .finish()
    }
}

/// Why an error was replaced by INTERNAL, and the cause of the replaced error.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
struct Unsendable {
    reason: String,
    #[source]
    cause: Option<Source>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $code:ident,)*) => {
        /// One constructor per code.
        impl HttpsError {
            $(
                $(#[$doc])*
                pub fn $name(message: impl Into<String>) -> Self {
                    Self::new(ErrorCode::$code, message)
                }
            )*
        }
    };
}

constructors! {
    /// The caller cancelled the call.
    cancelled => Cancelled,
    /// A failure of unknown kind; prefer any other code.
    unknown => Unknown,
    /// The arguments are wrong, regardless of the state of the system. The message should name the wrong one.
    invalid_argument => InvalidArgument,
    /// The deadline has passed. The operation may still have succeeded.
    deadline_exceeded => DeadlineExceeded,
    /// The requested thing does not exist.
    not_found => NotFound,
    /// The thing that the caller wants to create exists already.
    already_exists => AlreadyExists,
    /// The caller is signed in, but may not do this. For a caller who is not signed in, use
    /// [`Self::unauthenticated`].
    permission_denied => PermissionDenied,
    /// A quota or a rate limit is used up.
    resource_exhausted => ResourceExhausted,
    /// The system is not in the state that this call needs, and a retry fails until the state has been corrected. If
    /// retrying the call can help, use [`Self::unavailable`]; if retrying from an earlier step can,
    /// [`Self::aborted`].
    failed_precondition => FailedPrecondition,
    /// A conflict with a concurrent operation: retry from an earlier step.
    aborted => Aborted,
    /// An argument lies past a range that may change, such as reading past the end.
    out_of_range => OutOfRange,
    /// The operation does not exist or is not enabled.
    unimplemented => Unimplemented,
    /// A broken invariant. The message is sent, though iOS clients drop it. For an error whose text must not be sent,
    /// use `?`, [`OrError::or_internal`] or [`Self::from_source`].
    internal => Internal,
    /// The service cannot answer right now: the caller may retry the same call after a delay.
    unavailable => Unavailable,
    /// Data is lost or corrupted beyond repair.
    data_loss => DataLoss,
    /// The caller is not signed in.
    unauthenticated => Unauthenticated,
}

impl<E: Error + Send + Sync + 'static> From<E> for HttpsError {
    fn from(source: E) -> Self {
        Self::from_source(source)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn wire(error: &HttpsError) -> String {
        serde_json::to_string(&error.to_wire()).unwrap()
    }

    #[test]
    fn writes_details_message_and_status_in_the_order_of_the_reference() {
        let cases = [
            (HttpsError::not_found("nf"), r#"{"message":"nf","status":"NOT_FOUND"}"#),
            (
                HttpsError::not_found("nf").with_details(json!({"a": 1})),
                r#"{"details":{"a":1},"message":"nf","status":"NOT_FOUND"}"#,
            ),
            (
                HttpsError::aborted("").with_details(Value::Null),
                r#"{"details":null,"message":"","status":"ABORTED"}"#,
            ),
            (
                HttpsError::aborted("x").with_details(false),
                r#"{"details":false,"message":"x","status":"ABORTED"}"#,
            ),
            (
                HttpsError::internal("boom").with_details([1]),
                r#"{"details":[1],"message":"boom","status":"INTERNAL"}"#,
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(wire(&error), expected);
        }
    }

    #[test]
    fn turns_any_other_error_into_internal_and_keeps_its_cause_private() {
        let error = HttpsError::from(std::io::Error::other("password is hunter2"));
        assert_eq!(wire(&error), r#"{"message":"INTERNAL","status":"INTERNAL"}"#);
        assert_eq!(error.source().unwrap().to_string(), "password is hunter2");
    }

    #[test]
    fn debug_shows_neither_the_details_nor_the_debug_of_a_cause() {
        #[derive(Debug, thiserror::Error)]
        #[error("the card is refused")]
        struct Refused {
            _number: &'static str,
        }

        let details = json!({"card": "4111"});
        let error = HttpsError::aborted("again").with_details(details);
        let debug = format!("{:?}", error.with_source(Refused { _number: "4111" }));
        let shown = r#"code: Aborted, message: "again", details: Some([redacted]), causes: Some("the card is refused")"#;
        assert_eq!(debug, format!("HttpsError {{ {shown} }}"));
    }

    #[test]
    fn turns_details_that_are_not_json_into_internal() {
        let error = HttpsError::not_found("nf").with_details(BTreeMap::from([([1u8], 1)]));
        assert_eq!(wire(&error), r#"{"message":"INTERNAL","status":"INTERNAL"}"#);
    }

    #[test]
    fn has_a_constructor_for_every_code() {
        let made = [
            HttpsError::cancelled("m"),
            HttpsError::unknown("m"),
            HttpsError::invalid_argument("m"),
            HttpsError::deadline_exceeded("m"),
            HttpsError::not_found("m"),
            HttpsError::already_exists("m"),
            HttpsError::permission_denied("m"),
            HttpsError::resource_exhausted("m"),
            HttpsError::failed_precondition("m"),
            HttpsError::aborted("m"),
            HttpsError::out_of_range("m"),
            HttpsError::unimplemented("m"),
            HttpsError::internal("m"),
            HttpsError::unavailable("m"),
            HttpsError::data_loss("m"),
            HttpsError::unauthenticated("m"),
        ];
        assert!(ErrorCode::all().eq(made.iter().map(HttpsError::code)));
    }
}
