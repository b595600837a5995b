//! A service account without a key: Google's Workload Identity Federation takes a signed statement of
//! AWS on which role we run as, and lets that role act for the account. Source:
//! googleapis/google-auth-library-python `google/auth/aws.py`, `google/oauth2/sts.py` and
//! `google/auth/iam.py`.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use shared::{
    clock::Clock,
    net::{BoxFuture, Https, ServiceUrl},
};

use crate::{
    AccessToken, AccessTokens, GoogleError, Signer,
    access_token::{CachedTokens, Grant, Granted, SCOPE, granted},
    call,
    credentials_document::{CredentialsError, text},
};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const REQUESTED: &str = "urn:ietf:params:oauth:token-type:access_token";
const AWS_REQUEST: &str = "urn:ietf:params:aws:token-type:aws4_request";
const LIFETIME: Duration = Duration::from_secs(3600);
const IMPERSONATE: &str = ":generateAccessToken";
/// RFC 3986 §2.3: what needs no escape in a form.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes the subject token of Google's token exchange: a request to AWS that is signed and not sent. It is valid for
/// one audience only.
///
/// ```
/// use firebase_callable_google::{GoogleError, SubjectTokens};
/// use shared::net::BoxFuture;
///
/// /// For tests.
/// struct NoRole;
///
/// impl SubjectTokens for NoRole {
///     fn subject_token<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, GoogleError>> {
///         Box::pin(async { Err(GoogleError::Credentials("no AWS role".to_owned())) })
///     }
/// }
/// ```
pub trait SubjectTokens: Send + Sync + 'static {
    /// The subject token for `audience`, in the form that Google's token exchange takes.
    fn subject_token<'a>(&'a self, audience: &'a str)
    -> BoxFuture<'a, Result<String, GoogleError>>;
}

/// A service account that the function's AWS role may act for.
#[derive(Debug)]
pub(crate) struct FederatedAccount {
    email: String,
    sign_url: ServiceUrl,
    /// The role's own token, which may act for the account and no more.
    federated: Arc<CachedTokens>,
    /// The account's token.
    impersonated: CachedTokens,
    client: Https,
}

impl FederatedAccount {
    /// Reads a credential configuration, as `gcloud iam workload-identity-pools create-cred-config
    /// --aws --service-account=…` writes it.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub(crate) fn from_members(
        members: &Map<String, Value>,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        if text(members, "subject_token_type")? != AWS_REQUEST {
            return Err(CredentialsError::new("subject_token_type", "is not AWS's"));
        }
        let url = |field| {
            ServiceUrl::parse(text(members, field)?)
                .map_err(|_| CredentialsError::new(field, "is not an https URL"))
        };
        const ACCOUNT_URL: &str = "service_account_impersonation_url";
        let account_url = text(members, ACCOUNT_URL)?;
        let unfit = || CredentialsError::new(ACCOUNT_URL, "names no service account");
        let account = account_url.strip_suffix(IMPERSONATE).ok_or_else(unfit)?;
        let (_, email) = account.rsplit_once("/serviceAccounts/").ok_or_else(unfit)?;
        let odd = |byte: u8| !byte.is_ascii_alphanumeric() && !b"@.-_".contains(&byte);
        if !email.contains('@') || email.bytes().any(odd) {
            return Err(unfit());
        }
        let sign_url = ServiceUrl::parse(&format!("{account}:signBlob")).map_err(|_| unfit())?;
        let federated = Arc::new(CachedTokens::new(
            Exchange {
                audience: text(members, "audience")?.to_owned(),
                token_url: url("token_url")?,
                subjects,
                client: call::client(),
            },
            Arc::clone(&clock),
        ));
        let impersonation = Impersonation {
            url: url(ACCOUNT_URL)?,
            federated: Arc::clone(&federated),
            client: call::client(),
        };
        Ok(Self {
            email: email.to_owned(),
            sign_url,
            federated,
            impersonated: CachedTokens::new(impersonation, clock),
            client: call::client(),
        })
    }
}

/// RFC 8693: the statement for a token of the role.
struct Exchange {
    audience: String,
    token_url: ServiceUrl,
    subjects: Arc<dyn SubjectTokens>,
    client: Https,
}

impl Grant for Exchange {
    fn grant(&self, _: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let subject = self.subjects.subject_token(&self.audience).await?;
            let fields = [
                ("grant_type", GRANT_TYPE),
                ("audience", &self.audience),
                ("scope", SCOPE),
                ("requested_token_type", REQUESTED),
                ("subject_token_type", AWS_REQUEST),
                ("subject_token", &subject),
            ];
            let form = fields
                .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)));
            granted(&call::post_form(&self.client, &self.token_url, form.join("&")).await?)
        })
    }
}

/// The role's token for one of the account.
struct Impersonation {
    url: ServiceUrl,
    federated: Arc<CachedTokens>,
    client: Https,
}

impl Grant for Impersonation {
    fn grant(&self, _: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let bearer = self.federated.access_token().await?;
            let body = json!({ "scope": [SCOPE], "lifetime": format!("{}s", LIFETIME.as_secs()) });
            let answer = call::post(&self.client, &self.url, &bearer, &body).await?;
            match answer.get("accessToken").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => {
                    Ok(Granted { token: AccessToken::new(token), lifetime: LIFETIME })
                }
                _ => Err(GoogleError::Answer),
            }
        })
    }
}

impl AccessTokens for FederatedAccount {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        self.impersonated.access_token()
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
            let answer = call::post(&self.client, &self.sign_url, &bearer, &body).await?;
            let signature = answer.get("signedBlob").and_then(Value::as_str);
            let signature = signature.and_then(|blob| STANDARD.decode(blob).ok());
            signature.filter(|signature| self.fits(signature)).ok_or(GoogleError::Answer)
        })
    }
}
