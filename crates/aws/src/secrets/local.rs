//! The secrets of a local run: lines `NAME=value` of a file that is not in git. Firebase's own tools have such a file,
//! too, and its form is theirs.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{ErrorKind, Read},
};

use shared::net::BoxFuture;

use super::{
    error::{ReadError, Store},
    source::{SecretSource, StoredSecret},
    text::SecretText,
};

/// The variable with the path of the file.
pub(super) const VARIABLE: &str = "LOCAL_SECRETS_FILE";

/// A larger file is refused.
const MAX_BYTES: u64 = 1 << 20;

/// The secrets by their names. `Debug` does not show them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LocalSecrets(BTreeMap<String, SecretText>);

impl LocalSecrets {
    /// Reads the file. A file that does not exist has no lines.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let mut text = Vec::new();
        let read =
            File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text));
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("{path:?}: {error}")),
            Ok(_) if text.len() as u64 > MAX_BYTES => {
                return Err(format!("{path:?} is larger than 1 MiB"));
            }
            Ok(_) => {}
        }
        let text = String::from_utf8(text).map_err(|_| format!("{path:?} is not UTF-8"))?;
        Self::parse(&text).map_err(|problem| format!("{path:?}, {problem}"))
    }

    /// The error names the line by its number and does not quote it: it may be a secret.
    fn parse(text: &str) -> Result<Self, String> {
        let mut secrets = BTreeMap::new();
        for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            let problem = |problem: &str| format!("line {}: {problem}", index + 1);
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) =
                line.split_once('=').ok_or_else(|| problem("it has no form like NAME=value"))?;
            let name = name.trim();
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if name.is_empty() || !name.bytes().all(is_name) {
                return Err(problem("before the = is no name of a variable"));
            }
            let value = SecretText::new(value_of(value.trim()).map_err(problem)?);
            if secrets.insert(name.to_owned(), value).is_some() {
                return Err(problem("a line above has the same name"));
            }
        }
        Ok(Self(secrets))
    }

    /// Where `variable`'s secret is read: one of these, or an error that says which line to add to the file.
    pub(super) fn source(mut self, variable: &str, path: &str) -> LocalSecret {
        let value = self.0.remove(variable).filter(|value| !value.expose().is_empty());
        LocalSecret(value.ok_or_else(|| {
            format!(
                "{path} has no secret for it: add the line {variable}=, and the secret after it"
            )
        }))
    }
}

/// The text after the `=`: in single quotes as it stands, in double quotes with escapes, else up to a comment.
fn value_of(text: &str) -> Result<String, &'static str> {
    let after_quote = |rest: &str| match rest.trim_start() {
        rest if rest.is_empty() || rest.starts_with('#') => Ok(()),
        _ => Err("after the closing quote is more than a comment"),
    };
    if let Some(quoted) = text.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or("the closing quote is missing")?;
        return after_quote(rest).map(|()| value.to_owned());
    }
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.match_indices('#').map(|(at, _)| at).find(|&at| {
            text.get(..at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
        });
        let value = end.and_then(|end| text.get(..end)).unwrap_or(text);
        return Ok(value.trim_end().to_owned());
    };
    let mut value = String::new();
    let mut rest = quoted.chars();
    loop {
        match rest.next().ok_or("the closing quote is missing")? {
            '"' => return after_quote(rest.as_str()).map(|()| value),
            '\\' => value.push(match rest.next().ok_or("the closing quote is missing")? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                escaped @ ('"' | '\'' | '\\') => escaped,
                _ => return Err("in double quotes, \\ is followed by n, r, t, a quote or \\ only"),
            }),
            other => value.push(other),
        }
    }
}

/// One secret of the file, or the sentence that says which line to add.
#[derive(Debug, Clone)]
pub(super) struct LocalSecret(pub(super) Result<SecretText, String>);

impl SecretSource for LocalSecret {
    fn store(&self) -> Store {
        Store::File
    }

    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        let secret = self.0.clone().map_err(ReadError::NoLine);
        Box::pin(async { Ok(StoredSecret { version: String::new(), text: secret? }) })
    }
}
