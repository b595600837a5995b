//! Why a process cannot start: one sentence for the operator, which names the variable and says what to set it to.

use std::{borrow::Cow, fmt};

/// Why a process cannot start.
///
/// Its text begins with the name of an environment variable, or of a limit of the process. [`crate::run`] writes the
/// text to the log, and the process ends with exit code 1.
///
/// ```
/// use shared::host::StartError;
///
/// let error = StartError::new("PAYMENT_URL", "is not set: set it to the address of the payment service");
/// assert_eq!(error.to_string(), "PAYMENT_URL is not set: set it to the address of the payment service");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct StartError {
    variable: Cow<'static, str>,
    problem: String,
}

impl StartError {
    /// `problem` follows the name of `variable` in the sentence. It says what is wrong, and what to set instead. The
    /// sentence is logged, so it must not quote a secret.
    pub fn new(variable: impl Into<Cow<'static, str>>, problem: impl fmt::Display) -> Self {
        Self { variable: variable.into(), problem: problem.to_string() }
    }
}
