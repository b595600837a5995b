//! Why a process cannot start: one sentence for each problem, which names a variable and says what to set it to.

use std::{borrow::Cow, fmt};

/// Why a process cannot start: one problem of its configuration, or several.
///
/// Each problem is a sentence that begins with the name of an environment variable, or of a limit of the process.
/// [`crate::run_with`] writes each to the log, and the process ends with exit code 1.
///
/// ```
/// use shared::host::StartError;
///
/// let error = StartError::new("PAYMENT_URL", "is not set: set it to the address of the payment service");
/// assert_eq!(error.to_string(), "PAYMENT_URL is not set: set it to the address of the payment service");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", sentences.join("\n"))]
pub struct StartError {
    sentences: Vec<String>,
}

impl StartError {
    /// `problem` follows the name of `variable` in the sentence. It says what is wrong, and what to set instead. The
    /// sentence is logged, so it must not quote a secret.
    pub fn new(variable: impl Into<Cow<'static, str>>, problem: impl fmt::Display) -> Self {
        Self { sentences: vec![format!("{} {problem}", variable.into())] }
    }

    /// The values of a tuple of results, up to twelve, or all their problems at once: an operator then sees every
    /// missing variable at the first start.
    ///
    /// ```
    /// use shared::host::StartError;
    ///
    /// let missing = |name| Err::<String, _>(StartError::new(name, "is not set"));
    /// let error = StartError::all((missing("PAYMENT_URL"), Ok(1), missing("SENDER"))).unwrap_err();
    /// assert_eq!(error.to_string(), "PAYMENT_URL is not set\nSENDER is not set");
    /// let (url, limit) = StartError::all((Ok("https://pay.example.com"), Ok(1)))?;
    /// # assert_eq!((url, limit), ("https://pay.example.com", 1));
    /// # Ok::<(), StartError>(())
    /// ```
    ///
    /// # Errors
    /// One of the results is an error.
    pub fn all<R: StartResults>(results: R) -> Result<R::Values, Self> {
        results.all()
    }

    /// One sentence for each problem.
    pub(super) fn sentences(&self) -> &[String] {
        &self.sentences
    }

    /// Two parts of a start may need the same variable: its problem is reported once.
    fn add(&mut self, error: Option<Self>) {
        for sentence in error.into_iter().flat_map(|error| error.sentences) {
            if !self.sentences.contains(&sentence) {
                self.sentences.push(sentence);
            }
        }
    }
}

/// A tuple of results, for [`StartError::all`].
pub trait StartResults {
    /// The tuple of their values.
    type Values;

    /// The values, or all problems.
    ///
    /// # Errors
    /// One of the results is an error.
    fn all(self) -> Result<Self::Values, StartError>;
}

macro_rules! impl_start_results {
    ($first:ident $($result:ident)*) => {
        #[allow(non_snake_case, reason = "each type's name is also that of its value")]
        impl<$first, $($result),*> StartResults
            for (Result<$first, StartError>, $(Result<$result, StartError>),*)
        {
            type Values = ($first, $($result),*);

            fn all(self) -> Result<Self::Values, StartError> {
                match self {
                    (Ok($first), $(Ok($result)),*) => Ok(($first, $($result),*)),
                    ($first, $($result),*) => {
                        let mut all = StartError { sentences: Vec::new() };
                        all.add($first.err());
                        $(all.add($result.err());)*
                        Err(all)
                    }
                }
            }
        }
        impl_start_results!($($result)*);
    };
    () => {};
}

impl_start_results!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_of_a_start_are_told_at_once_and_each_once() {
        let problem = |name: &'static str| Err::<(), _>(StartError::new(name, "is not set"));
        let first = StartError::all((problem("A"), Ok(1), problem("B"))).map(|_| ());
        let all = StartError::all((Ok(0), first, problem("B"), problem("C"))).unwrap_err();
        assert_eq!(all.sentences(), ["A is not set", "B is not set", "C is not set"]);
        assert_eq!(all.to_string(), "A is not set\nB is not set\nC is not set");
    }

    #[test]
    fn the_values_are_those_of_the_results_in_order() {
        assert_eq!(StartError::all((Ok(1), Ok("b"), Ok(None::<()>))).unwrap(), (1, "b", None));
        assert_eq!(StartError::all((Ok(1),)).unwrap(), (1,));
    }
}
