//! A service account without a key: Google's Workload Identity Federation. The function proves its own identity to
//! Google with a subject token. Google exchanges the subject token for an access token of that identity; with that, the
//! function gets an access token or a signature of the account. Source: googleapis/google-auth-library-python
//! `google/auth/aws.py`, `google/oauth2/sts.py` and `google/auth/iam.py`.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use shared::{
    clock::Clock,
    net::{BoxFuture, ServiceUrl},
};

use crate::{
    AccessToken, AccessTokens, GoogleError, Signer,
    access_token::{CachedTokens, Grant, Granted, granted},
    call,
    credentials_document::{CredentialsError, text},
    scopes::{CLOUD_PLATFORM, Scopes, TokensByScope},
};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const REQUESTED: &str = "urn:ietf:params:oauth:token-type:access_token";
const LIFETIME: Duration = Duration::from_secs(3600);
const ACCOUNT_URL: &str = "service_account_impersonation_url";
const IMPERSONATE: &str = ":generateAccessToken";
/// The characters that need no escape in a form. Source: RFC 3986 §2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes the subject tokens of Google's token exchange, which prove the function's own identity.
pub(crate) trait SubjectTokens: Send + Sync + 'static {
    /// The `subject_token_type` that a credential configuration must have.
    fn token_type(&self) -> &'static str;

    /// A token that is valid for `audience` only.
    fn subject_token<'a>(&'a self, audience: &'a str)
    -> BoxFuture<'a, Result<String, GoogleError>>;
}

/// A service account that the function's own identity may act for.
#[derive(Debug)]
pub(crate) struct FederatedAccount {
    email: String,
    sign_url: ServiceUrl,
    /// The tokens of the function's identity. Their only use is to act for the account, so their scope is always
    /// `cloud-platform`.
    federated: CachedTokens,
}

impl FederatedAccount {
    /// Reads a credential configuration, as `gcloud iam workload-identity-pools create-cred-config
    /// --service-account=…` writes it. Returns the account and its access tokens.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub(crate) fn from_members(
        members: &Map<String, Value>,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, TokensByScope), CredentialsError> {
        let token_type = subjects.token_type();
        if text(members, "subject_token_type")? != token_type {
            let problem = format_args!("is not {token_type}");
            return Err(CredentialsError::new("subject_token_type", problem));
        }
        let url = |field| {
            ServiceUrl::parse(text(members, field)?)
                .map_err(|_| CredentialsError::new(field, "is not an https URL"))
        };
        let account_url = text(members, ACCOUNT_URL)?;
        let unfit = || CredentialsError::new(ACCOUNT_URL, "does not name a service account");
        let account = account_url.strip_suffix(IMPERSONATE).ok_or_else(unfit)?;
        let (_, email) = account.rsplit_once("/serviceAccounts/").ok_or_else(unfit)?;
        let odd = |byte: u8| !byte.is_ascii_alphanumeric() && !b"@.-_".contains(&byte);
        if !email.contains('@') || email.bytes().any(odd) {
            return Err(unfit());
        }
        let sign_url = ServiceUrl::parse(&format!("{account}:signBlob")).map_err(|_| unfit())?;
        let audience = text(members, "audience")?.to_owned();
        let exchange = Exchange { audience, token_url: url("token_url")?, subjects };
        let federated = CachedTokens::new(exchange, Arc::clone(&clock));
        let (account_url, bearer) = (url(ACCOUNT_URL)?, federated.clone());
        let impersonation = move |scopes| Impersonation {
            url: account_url.clone(),
            federated: bearer.clone(),
            scopes,
        };
        let tokens = TokensByScope::new(impersonation, clock);
        Ok((Self { email: email.to_owned(), sign_url, federated }, tokens))
    }
}

/// Exchanges a subject token for a token of the function's identity. Source: RFC 8693.
struct Exchange {
    audience: String,
    token_url: ServiceUrl,
    subjects: Arc<dyn SubjectTokens>,
}

impl Grant for Exchange {
    fn grant(&self, _: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let subject = self.subjects.subject_token(&self.audience).await?;
            let fields = [
                ("grant_type", GRANT_TYPE),
                ("audience", &self.audience),
                ("scope", CLOUD_PLATFORM),
                ("requested_token_type", REQUESTED),
                ("subject_token_type", self.subjects.token_type()),
                ("subject_token", &subject),
            ];
            let form = fields
                .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)));
            granted(&call::post_form(&self.token_url, form.join("&")).await?)
        })
    }
}

/// Exchanges a token of the function's identity for a token of the account.
struct Impersonation {
    url: ServiceUrl,
    federated: CachedTokens,
    scopes: Scopes,
}

impl Grant for Impersonation {
    fn grant(&self, _: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let bearer = self.federated.access_token().await?;
            let lifetime = format!("{}s", LIFETIME.as_secs());
            let body = json!({ "scope": self.scopes.list(), "lifetime": lifetime });
            let answer = call::post(&self.url, &bearer, &body).await?;
            match answer.get("accessToken").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => {
                    Ok(Granted { token: AccessToken::new(token), lifetime: LIFETIME })
                }
                _ => Err(GoogleError::Answer),
            }
        })
    }
}

impl Signer for FederatedAccount {
    fn email(&self) -> &str {
        &self.email
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>> {
        Box::pin(async move {
            let bearer = self.federated.access_token().await?;
            let body = json!({ "payload": STANDARD.encode(message) });
            let answer = call::post(&self.sign_url, &bearer, &body).await?;
            let signature = answer.get("signedBlob").and_then(Value::as_str);
            let signature = signature.and_then(|blob| STANDARD.decode(blob).ok());
            signature.filter(|signature| self.fits(signature)).ok_or(GoogleError::Answer)
        })
    }
}
