//! The rules for App Check tokens. A token that meets all of them becomes an `AppCheckData`.
//! Source: firebase/firebase-admin-node `src/app-check/token-verifier.ts`.

use serde_json::Value;

use super::{AppCheckData, Rules, TimeRules, TokenError, UnverifiedClaims, Verified};

const ISSUER_PREFIX: &str = "https://firebaseappcheck.googleapis.com/";
/// Reject a token with more audiences: real ones have two.
const MAX_AUDIENCES: usize = 8;
/// The string that the iOS and Android SDKs send if attestation failed, where other SDKs send no token.
const PLACEHOLDER: &str = "eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==";

/// Which App Check tokens are accepted: those of one Firebase project.
///
/// ```
/// use shared::token::AppCheckRules;
///
/// let rules = AppCheckRules::new("my-app").project_number("1234567890");
/// ```
#[derive(Debug, Clone)]
pub struct AppCheckRules {
    project: String,
    number: Option<String>,
    times: TimeRules,
}

impl AppCheckRules {
    /// The rules of the project with this id. Tokens of all projects are signed with the same keys: only the audience
    /// and the issuer name the project.
    #[must_use]
    pub fn new(project_id: &str) -> Self {
        Self {
            project: format!("projects/{project_id}"),
            number: None,
            times: TimeRules::default(),
        }
    }

    /// Requires this project number in the issuer and the audience. By default, any number is accepted, if the
    /// issuer and the audience have the same one.
    #[must_use]
    pub fn project_number(mut self, number: &str) -> Self {
        self.number = Some(number.to_owned());
        self
    }

    /// Checks audience and issuer. Stricter than the Admin SDKs, which accept every issuer with the prefix.
    fn check_parties(&self, claims: &UnverifiedClaims) -> Result<(), TokenError> {
        let audiences = claims.get("aud").and_then(Value::as_array);
        let audiences: Option<Vec<&str>> = audiences
            .filter(|all| all.len() <= MAX_AUDIENCES)
            .and_then(|all| all.iter().map(Value::as_str).collect());
        let audiences = audiences.filter(|all| all.contains(&self.project.as_str()));
        let audiences = audiences.ok_or(TokenError::Aud)?;
        let issuer = claims.text("iss").ok_or(TokenError::Iss)?;
        let number = issuer.strip_prefix(ISSUER_PREFIX).ok_or(TokenError::Iss)?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_expected = self.number.as_deref().is_none_or(|configured| configured == number);
        let in_audience =
            || audiences.iter().any(|aud| aud.strip_prefix("projects/") == Some(number));
        if is_number && is_expected && in_audience() { Ok(()) } else { Err(TokenError::Iss) }
    }
}

impl Rules for AppCheckRules {
    type Proof = AppCheckData;

    fn placeholder(&self) -> Option<&str> {
        Some(PLACEHOLDER)
    }

    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
        self.check_parties(claims)?;
        if claims.text("sub").is_none_or(str::is_empty) {
            return Err(TokenError::Sub);
        }
        self.times.check(claims, now)
    }

    fn proof(&self, token: Verified<'_, Self>) -> Result<AppCheckData, TokenError> {
        AppCheckData::from_checked(token.raw(), token.into_claims())
    }
}
