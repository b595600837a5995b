//! One environment variable of a function's own: required, with a default, or optional; read as any type that can be
//! parsed from text.

use std::{any::type_name, fmt, str::FromStr};

use super::error::StartError;

/// One environment variable, from [`Setup::variable`](super::Setup::variable). If it is set and cannot be parsed, or
/// required and not set, the error is one sentence that names it. The sentence never contains the value, which may be a
/// secret. A variable that is set but empty counts as not set.
///
/// ```
/// use std::net::IpAddr;
/// use shared::host::{Setup, StartError};
///
/// fn read(setup: &Setup) -> Result<(IpAddr, u32, Option<String>), StartError> {
///     StartError::all((
///         setup.variable("PRINTER").required("the address of the printer, as in PRINTER=192.0.2.1"),
///         setup.variable("MOST_PAGES").or(100),
///         setup.variable("FOOTER").optional(),
///     ))
/// }
/// ```
#[must_use]
#[derive(Clone)]
pub struct Variable {
    name: String,
    value: Option<String>,
}

/// Without the value, which may be a secret.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Variable {
    pub(super) fn new(name: &str, value: Option<String>) -> Self {
        Self { name: name.to_owned(), value: value.filter(|value| !value.is_empty()) }
    }

    /// The value, which must be set. `meaning` completes the sentence "set it to …".
    ///
    /// # Errors
    /// It is not set: `PRINTER is not set: set it to the address of …`. Or it cannot be parsed:
    /// `PRINTER cannot be read (invalid IP address syntax): set it to the address of …`.
    pub fn required<T: FromStr<Err: fmt::Display>>(self, meaning: &str) -> Result<T, StartError> {
        let Some(value) = self.value else {
            let problem = format_args!("is not set: set it to {meaning}");
            return Err(StartError::new(self.name, problem));
        };
        parse(self.name, &value, format_args!("set it to {meaning}"))
    }

    /// The value, or `default` if it is not set.
    ///
    /// # Errors
    /// It is set and cannot be parsed.
    pub fn or<T: FromStr<Err: fmt::Display>>(self, default: T) -> Result<T, StartError> {
        Ok(self.optional()?.unwrap_or(default))
    }

    /// The value, or `None` if it is not set.
    ///
    /// # Errors
    /// It is set and cannot be parsed.
    pub fn optional<T: FromStr<Err: fmt::Display>>(self) -> Result<Option<T>, StartError> {
        let Some(value) = self.value else { return Ok(None) };
        let of = type_name::<T>().rsplit("::").next().unwrap_or_default();
        let cure = format_args!("set it to a value of the type {of}, or leave it unset");
        parse(self.name, &value, cure).map(Some)
    }

    /// The text of the value, if it is set.
    #[must_use]
    pub fn text(self) -> Option<String> {
        self.value
    }
}

fn parse<T: FromStr<Err: fmt::Display>>(
    name: String,
    value: &str,
    cure: fmt::Arguments<'_>,
) -> Result<T, StartError> {
    value.parse().map_err(|error: T::Err| match error.to_string() {
        why if quotes(&why, value) => StartError::new(name, format_args!("cannot be read: {cure}")),
        why => StartError::new(name, format_args!("cannot be read ({why}): {cure}")),
    })
}

/// Shorter words of a value may be in the text of an error by chance.
const SHORTEST_QUOTE: usize = 3;

/// Whether the text of an error contains the value, or a word of it. Errors of many types quote what they cannot parse.
fn quotes(why: &str, value: &str) -> bool {
    let mut words = value.split(|letter: char| !letter.is_alphanumeric());
    why.contains(value.trim())
        || words.any(|word| word.len() >= SHORTEST_QUOTE && why.contains(word))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const NAME: &str = "PRINTER";

    fn variable(value: &str) -> Variable {
        Variable::new(NAME, Some(value.to_owned()))
    }

    #[test]
    fn a_value_is_parsed_and_a_default_counts_where_it_is_not_set_or_empty() {
        assert_eq!(variable("7").required::<u32>("a number").unwrap(), 7);
        assert_eq!(variable("7").or(1_u32).unwrap(), 7);
        assert_eq!(variable("7").optional::<u32>().unwrap(), Some(7));
        assert_eq!(variable("7").text().as_deref(), Some("7"));
        for unset in [variable(""), Variable::new(NAME, None)] {
            assert_eq!(unset.clone().or(1_u32).unwrap(), 1);
            assert_eq!(unset.clone().optional::<u32>().unwrap(), None);
            assert_eq!(unset.clone().text(), None);
            let missing = unset.required::<u32>("a number, as in PRINTER=1").unwrap_err();
            let sentence = "PRINTER is not set: set it to a number, as in PRINTER=1";
            assert_eq!(missing.to_string(), sentence);
        }
    }

    #[test]
    fn a_value_that_cannot_be_parsed_is_one_sentence() {
        let wrong = variable("secret").required::<IpAddr>("the address of it").unwrap_err();
        let sentence =
            "PRINTER cannot be read (invalid IP address syntax): set it to the address of it";
        assert_eq!(wrong.to_string(), sentence);
        let sentence = "PRINTER cannot be read (invalid digit found in string): set it to a value \
                        of the type u32, or leave it unset";
        assert_eq!(variable("many").or(1_u32).unwrap_err().to_string(), sentence);
        assert_eq!(variable("many").optional::<u32>().unwrap_err().to_string(), sentence);
    }

    /// Its error quotes what it could not parse.
    #[derive(Debug)]
    struct Quoting;

    impl FromStr for Quoting {
        type Err = String;

        fn from_str(text: &str) -> Result<Self, String> {
            Err(format!("{:?} is not one", text.split(',').next_back().unwrap()))
        }
    }

    #[test]
    fn no_sentence_quotes_a_value() {
        for value in ["hunter2", "a b", "a,hunter2", "user:hunter2@host", " x "] {
            let wrong = variable(value);
            for error in [
                wrong.clone().required::<Quoting>("the password").unwrap_err(),
                wrong.clone().optional::<Quoting>().unwrap_err(),
            ] {
                let sentence = error.to_string();
                assert!(sentence.starts_with("PRINTER cannot be read: set it to "), "{sentence}");
                assert!(!format!("{error:?}").contains(value), "{error:?}");
            }
            assert!(!format!("{wrong:?}").contains(value), "{wrong:?}");
        }
    }
}
