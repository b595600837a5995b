//! `.or_error(…)?` and `.or_internal()?`: any error, or a missing value, becomes an `HttpsError` where it occurs. They
//! take what `?` alone cannot: `anyhow::Error`, boxed errors and texts do not implement `std::error::Error`.

use std::panic::Location;

use super::{HttpsError, Source};
use crate::protocol::ErrorCode;

/// Turns the error of a [`Result`], or the absence of a value in an [`Option`], into an [`HttpsError`].
///
/// The error may be of any type that can be boxed as `Box<dyn Error + Send + Sync>`: the errors of `thiserror` and of
/// the standard library, `anyhow::Error`, boxed errors, a `String`. The log record of the call gets its text and those
/// of all its causes (`source`, anyhow's context). The client sees none of them.
///
/// ```
/// use shared::{ErrorCode, HttpsError, OrError};
///
/// fn price(text: Option<&str>) -> Result<u32, HttpsError> {
///     let text = text.or_error(ErrorCode::NotFound, "no such article")?;
///     text.parse::<u32>().or_error(ErrorCode::DataLoss, "the price is lost")
/// }
/// assert_eq!(price(None).unwrap_err().message(), "no such article");
/// let error = price(Some("ten")).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::DataLoss);
/// assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string"); // for the log only
///
/// fn stock() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
///     Err("the shelf is empty".into())
/// }
/// assert_eq!(stock().or_internal().unwrap_err().message(), "INTERNAL");
/// ```
pub trait OrError<T> {
    /// An error with this code, and a message for the client.
    ///
    /// # Errors
    /// If there is no value.
    fn or_error(self, code: ErrorCode, message: impl Into<String>) -> Result<T, HttpsError>;

    /// INTERNAL, of which the client learns nothing else. For an [`Option`], the log gets the place in the source.
    ///
    /// # Errors
    /// If there is no value.
    fn or_internal(self) -> Result<T, HttpsError>;
}

impl<T, E: Into<Source>> OrError<T> for Result<T, E> {
    fn or_error(self, code: ErrorCode, message: impl Into<String>) -> Result<T, HttpsError> {
        self.map_err(|error| HttpsError::new(code, message).with_source(error))
    }

    fn or_internal(self) -> Result<T, HttpsError> {
        self.map_err(HttpsError::from_source)
    }
}

impl<T> OrError<T> for Option<T> {
    fn or_error(self, code: ErrorCode, message: impl Into<String>) -> Result<T, HttpsError> {
        self.ok_or_else(|| HttpsError::new(code, message))
    }

    #[track_caller]
    fn or_internal(self) -> Result<T, HttpsError> {
        let place = Location::caller();
        self.ok_or_else(|| HttpsError::from_source(format!("no value at {place}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_internal_and_the_log_gets_its_place() {
        let error = None::<u8>.or_internal().unwrap_err();
        let line = line!() - 1;
        assert_eq!((error.code(), error.message()), (ErrorCode::Internal, "INTERNAL"));
        let cause = error.source().unwrap().to_string();
        assert!(
            cause.starts_with("no value at ") && cause.contains(&format!("or_error.rs:{line}:")),
            "{cause}"
        );
    }

    #[test]
    fn a_value_passes() {
        assert_eq!(Some(1).or_internal().unwrap(), 1);
        assert_eq!(Some(1).or_error(ErrorCode::NotFound, "no").unwrap(), 1);
        assert_eq!(Ok::<_, String>(1).or_internal().unwrap(), 1);
        assert_eq!(Ok::<_, String>(1).or_error(ErrorCode::NotFound, "no").unwrap(), 1);
    }

    #[test]
    fn texts_and_boxed_errors_are_causes() {
        let boxed: Source = "boxed".into();
        let errors = [
            Err::<u8, _>("text").or_internal(),
            Err("text".to_owned()).or_error(ErrorCode::Aborted, "again"),
            Err(boxed).or_internal(),
        ];
        let causes = errors.map(|error| error.unwrap_err().source().unwrap().to_string());
        assert_eq!(causes, ["text", "text", "boxed"]);
    }
}
