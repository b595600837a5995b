//! Signs a test account in at Firebase, for one signed-in call.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::internet;

/// Google's interface for signing in.
const GOOGLE: &str = "https://identitytoolkit.googleapis.com";
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(super) struct Account {
    /// The e-mail address of a test account
    #[arg(long, requires = "password_file", requires = "api_key")]
    email: Option<String>,
    /// A file with its password
    #[arg(long, requires = "email")]
    password_file: Option<PathBuf>,
    /// The web API key of the Firebase project
    #[arg(long)]
    api_key: Option<String>,
    /// Where to sign in; the Auth emulator is http://127.0.0.1:9099/identitytoolkit.googleapis.com
    #[arg(long, default_value = GOOGLE)]
    auth_url: String,
}

impl Account {
    /// The account's ID token, if there is an account.
    pub(super) fn id_token(&self) -> Outcome<Option<String>> {
        let (Some(email), Some(file), Some(key)) =
            (&self.email, &self.password_file, &self.api_key)
        else {
            return Ok(None);
        };
        let password = fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
        let url = format!(
            "{}/v1/accounts:signInWithPassword?key={key}",
            self.auth_url.trim_end_matches('/')
        );
        let body =
            json!({ "email": email, "password": password.trim_end(), "returnSecureToken": true })
                .to_string();
        let agent = internet::agent("deploy-check", PATIENCE)?;
        let answer = agent.post(&url).header("content-type", "application/json").send(&body);
        let refused = |why: &str| {
            Failure::new(format!(
                "{email} cannot sign in ({why}): check the address, the password and the API key"
            ))
        };
        let text = answer
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .map_err(|error| refused(&error.to_string()))?;
        let answer: Value =
            serde_json::from_str(&text).map_err(|_| refused("no answer of Firebase"))?;
        match answer.get("idToken").and_then(Value::as_str) {
            Some(token) => Ok(Some(token.to_owned())),
            None => Err(refused(
                answer.pointer("/error/message").and_then(Value::as_str).unwrap_or("no token"),
            )),
        }
    }
}
