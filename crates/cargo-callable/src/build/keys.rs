//! The public keys of Firebase in the package of each function, in `firebase-keys.json` beside the program: a function
//! that starts does not wait for Google. The functions check the file as they check an answer of Google, and use it for
//! a day at most.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::internet;
use crate::terminal::say;

/// The file that a function looks for beside its program.
const FILE: &str = "firebase-keys.json";
/// As much of an answer as a function reads.
const MOST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(10);
/// In seconds, if an answer does not say how long it may be kept. A function has limits of its own.
const USUAL_AGE: u64 = 3600;

/// Each key set: what it is for, the variable with its address, and its address if the variable is not set. The
/// functions have the same.
const SETS: [(&str, &str, &str); 2] = [
    (
        "ID tokens",
        "FIREBASE_ID_TOKEN_KEYS_URL",
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    ),
    (
        "App Check tokens",
        "FIREBASE_APP_CHECK_KEYS_URL",
        "https://firebaseappcheck.googleapis.com/v1/jwks",
    ),
];

/// Fetched key sets, and why others could not be fetched.
pub(crate) struct Fetched {
    copies: Vec<Value>,
    pub(crate) failures: Vec<String>,
}

/// Fetches all key sets.
pub(crate) fn fetch() -> Outcome<Fetched> {
    let agent = internet::agent("build", PATIENCE)?;
    let (mut copies, mut failures) = (Vec::new(), Vec::new());
    for (of, variable, address) in SETS {
        let set = std::env::var(variable).ok().filter(|url| !url.is_empty());
        let url = set.unwrap_or_else(|| address.to_owned());
        match fetch_one(&agent, &url) {
            Ok(copy) => copies.push(copy),
            Err(why) => failures.push(format!("the keys of {of} at {url} cannot be had: {why}")),
        }
    }
    Ok(Fetched { copies, failures })
}

impl Fetched {
    /// Writes the file beside each program.
    ///
    /// # Errors
    /// Every key set failed to be fetched, or a file cannot be written.
    pub(crate) fn write<'p>(&self, programs: impl IntoIterator<Item = &'p Path>) -> Outcome<()> {
        if self.copies.is_empty() {
            return Err(Failure::new(format!("No keys are packed: {}", self.failures.join("; "))));
        }
        let text = Value::from(self.copies.clone()).to_string();
        for program in programs {
            let file = program.with_file_name(FILE);
            fs::write(&file, &text).map_err(|error| Failure::file(&file, &error))?;
        }
        for failure in &self.failures {
            say!("{failure}; functions fetch them when they start");
        }
        Ok(())
    }
}

/// Removes the file of an earlier build: its keys would be old.
pub(crate) fn remove<'p>(programs: impl IntoIterator<Item = &'p Path>) -> Outcome<()> {
    for program in programs {
        let file = program.with_file_name(FILE);
        if file.exists() {
            fs::remove_file(&file).map_err(|error| Failure::file(&file, &error))?;
        }
    }
    Ok(())
}

fn fetch_one(agent: &ureq::Agent, url: &str) -> Result<Value, String> {
    let fetched_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let answer = agent.get(url).header("accept", "application/json").call();
    let (head, body) = answer.map_err(|error| error.to_string())?.into_parts();
    if head.status.as_u16() != 200 {
        return Err(format!("status {}", head.status.as_u16()));
    }
    let mut text = Vec::new();
    let read = body.into_reader().take(MOST).read_to_end(&mut text);
    read.map_err(|error| error.to_string())?;
    let set: Value = serde_json::from_slice(&text).map_err(|_| "not a key set".to_owned())?;
    let keys = set.get("keys").and_then(Value::as_array);
    let is_key = |key: &Value| ["kid", "n", "e"].iter().all(|name| key[*name].is_string());
    let keys = keys.filter(|keys| keys.iter().any(is_key)).ok_or("not a key set")?;
    let header = head.headers.get("cache-control").and_then(|value| value.to_str().ok());
    let max_age = header.and_then(max_age).unwrap_or(USUAL_AGE);
    Ok(json!({ "source": url, "fetched_at": fetched_at, "max_age": max_age, "keys": keys }))
}

fn max_age(header: &str) -> Option<u64> {
    let directive = |part: &str| part.trim().strip_prefix("max-age=")?.parse().ok();
    header.split(',').find_map(directive)
}

#[cfg(test)]
mod tests {
    use super::max_age;

    #[test]
    fn the_age_of_keys_is_read_from_the_header_that_google_sends() {
        for (header, expected) in [
            ("public, max-age=21600, must-revalidate, no-transform", Some(21600)),
            ("max-age=0", Some(0)),
            ("no-store", None),
            ("s-maxage=5", None),
            ("max-age=soon", None),
        ] {
            assert_eq!(max_age(header), expected, "{header}");
        }
    }
}
