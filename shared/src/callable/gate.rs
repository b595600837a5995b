//! The gate: MISSING, VALID or INVALID for the caller's two tokens, and what becomes of each.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `checkAuthToken` and
//! `checkAppCheckToken`.

use std::{error::Error, fmt, sync::Arc};

use http::{HeaderMap, header};
use tracing::warn;

use super::{
    request::{AppCheckData, AuthData},
    sources::{AppCheckConsumer, RevocationSource, SignIn},
};
#[cfg(any(test, feature = "emulator"))]
use crate::token::EmulatorIdTokenRules;
use crate::{
    clock::Clock,
    keys::{KeyCache, KeyError},
    protocol::{HttpsError, header::APP_CHECK},
    token::{AppCheckRules, AppCheckToken, IdToken, IdTokenRules, TenantPolicy, TokenError},
};

/// Everything that decides who gets in: verifiers, key sets, clock. One per process.
#[derive(Clone)]
pub struct Gate {
    pub(super) clock: Arc<dyn Clock>,
    id_tokens: IdTokenVerifier,
    app_check: Option<AppCheckVerifier>,
}

/// Verifies App Check tokens, with keys from a cache of their own.
#[derive(Clone)]
pub struct AppCheckVerifier {
    rules: Arc<AppCheckRules>,
    keys: Arc<KeyCache>,
}

impl AppCheckVerifier {
    /// A verifier of one project's tokens.
    #[must_use]
    pub fn new(rules: AppCheckRules, keys: Arc<KeyCache>) -> Self {
        Self { rules: Arc::new(rules), keys }
    }
}

/// How ID tokens are verified. The variants share no code path that could skip a check.
#[derive(Clone)]
pub enum IdTokenVerifier {
    /// Signed tokens of one Firebase project, keys from a cache.
    Production(Arc<IdTokenRules>, Arc<KeyCache>),
    /// Unsigned tokens of a local Auth emulator, never signed ones.
    #[cfg(any(test, feature = "emulator"))]
    Emulator(Arc<EmulatorIdTokenRules>),
}

/// Who is asked whether a sign-in still counts, and what happens without an answer.
#[derive(Debug, Clone)]
pub(crate) struct RevocationCheck {
    pub(super) source: Arc<dyn RevocationSource>,
    /// Whether a call without an answer is UNAVAILABLE; if not, it goes on.
    pub(super) required: bool,
}

impl RevocationCheck {
    async fn admits(&self, token: &IdToken) -> Result<(), TokenError> {
        match self.source.sign_in(token).await {
            Ok(SignIn::Current) => Ok(()),
            Ok(SignIn::Revoked) if token.auth_time().is_none() => Err(TokenError::AuthTime),
            Ok(SignIn::Revoked) => Err(TokenError::Revoked),
            Ok(SignIn::UserDisabled) => Err(TokenError::Disabled),
            Ok(SignIn::UserNotFound) => Err(TokenError::UserNotFound),
            Err(error) if self.required => {
                warn!(%error, "revocation cannot be checked");
                Err(TokenError::RevocationUnknown)
            }
            Err(error) => {
                warn!(%error, "revocation cannot be checked, the call goes on");
                Ok(())
            }
        }
    }
}

/// What a token came to.
pub(super) enum TokenStatus<T> {
    Missing,
    Valid(T),
    Invalid(TokenError),
}

impl Gate {
    /// A gate that admits what `id_tokens` verifies at the time `clock` tells.
    #[must_use]
    pub fn new(id_tokens: IdTokenVerifier, clock: Arc<dyn Clock>) -> Self {
        Self { clock, id_tokens, app_check: None }
    }

    /// The same gate, which knows App Check tokens, too. Without it every such token is INVALID.
    #[must_use]
    pub fn with_app_check(mut self, app_check: AppCheckVerifier) -> Self {
        self.app_check = Some(app_check);
        self
    }

    /// The cache of the ID tokens' keys; the Auth emulator has none.
    pub(super) fn id_token_keys(&self) -> Option<Arc<KeyCache>> {
        match &self.id_tokens {
            IdTokenVerifier::Production(_, keys) => Some(Arc::clone(keys)),
            #[cfg(any(test, feature = "emulator"))]
            IdTokenVerifier::Emulator(_) => None,
        }
    }

    pub(super) async fn id_token(
        &self,
        headers: &HeaderMap,
        tenants: &TenantPolicy,
        revocation: Option<&RevocationCheck>,
    ) -> TokenStatus<AuthData> {
        let token = match bearer_token(headers) {
            Ok(None) => return TokenStatus::Missing,
            Ok(Some(token)) => token,
            Err(error) => return TokenStatus::Invalid(error),
        };
        match self.identify(token, tenants, revocation).await {
            Ok(token) => TokenStatus::Valid(AuthData::new(token)),
            Err(error) => TokenStatus::Invalid(error),
        }
    }

    /// Everything local, then the signature, then what only Google knows.
    async fn identify(
        &self,
        raw: &str,
        tenants: &TenantPolicy,
        revocation: Option<&RevocationCheck>,
    ) -> Result<IdToken, TokenError> {
        let token = self.verify(raw).await?;
        if !tenants.admits(token.tenant()) {
            return Err(TokenError::Tenant);
        }
        if let Some(check) = revocation {
            check.admits(&token).await?;
        }
        Ok(token)
    }

    /// P13: the App Check token, called after the ID token was found not to be INVALID.
    /// With a `consumer`, a valid token is marked as used.
    pub(super) async fn app_check(
        &self,
        headers: &HeaderMap,
        consumer: Option<&dyn AppCheckConsumer>,
    ) -> TokenStatus<AppCheckData> {
        let mut values = headers.get_all(APP_CHECK).iter();
        let Some(value) = values.next().filter(|value| !value.is_empty()) else {
            return TokenStatus::Missing;
        };
        let verified = match (values.next(), value.to_str(), &self.app_check) {
            (None, Ok(raw), Some(verifier)) => {
                verifier.identify(raw, self.clock.unix_seconds(), consumer).await
            }
            (Some(_), _, _) | (_, Err(_), _) => Err(TokenError::Malformed),
            (_, _, None) => Err(TokenError::KeysUnavailable),
        };
        match verified {
            Ok(app) => TokenStatus::Valid(app),
            Err(error) => TokenStatus::Invalid(error),
        }
    }

    async fn verify(&self, raw: &str) -> Result<IdToken, TokenError> {
        let now = self.clock.unix_seconds();
        match &self.id_tokens {
            IdTokenVerifier::Production(rules, keys) => {
                let inspected = rules.inspect(raw, now)?;
                let key = keys.key(inspected.kid()).await.map_err(no_key)?;
                inspected.verify(&key)
            }
            #[cfg(any(test, feature = "emulator"))]
            IdTokenVerifier::Emulator(rules) => rules.verify(raw, now),
        }
    }
}

impl AppCheckVerifier {
    async fn identify(
        &self,
        raw: &str,
        now: i64,
        consumer: Option<&dyn AppCheckConsumer>,
    ) -> Result<AppCheckData, TokenError> {
        let token = self.verify(raw, now).await?;
        let Some(consumer) = consumer else {
            return Ok(AppCheckData::new(token));
        };
        match consumer.consume(&token).await {
            Ok(already) => Ok(AppCheckData::new(token).consumed(already)),
            Err(error) => {
                warn!(%error, "an App Check token cannot be consumed");
                Err(TokenError::ConsumeFailed)
            }
        }
    }

    async fn verify(&self, raw: &str, now: i64) -> Result<AppCheckToken, TokenError> {
        let inspected = self.rules.inspect(raw, now)?;
        let key = self.keys.key(inspected.kid()).await.map_err(no_key)?;
        inspected.verify(&key)
    }
}

fn no_key(error: KeyError) -> TokenError {
    match error {
        KeyError::Unknown => TokenError::KidUnknown,
        KeyError::Unavailable => TokenError::KeysUnavailable,
    }
}

impl<T> TokenStatus<T> {
    /// The status word of the log. Users build metrics on these three.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Valid(_) => "VALID",
            Self::Invalid(_) => "INVALID",
        }
    }

    pub(super) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(error) => Some(error.reason()),
            Self::Missing | Self::Valid(_) => None,
        }
    }

    pub(super) fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }

    /// The proof, if there is one, or the refusal. Which rule refused a token is never told.
    pub(super) fn admit(self, required: bool) -> Result<Option<T>, HttpsError> {
        match self {
            Self::Missing if required => Err(HttpsError::unauthenticated("Unauthenticated")),
            Self::Missing => Ok(None),
            Self::Valid(proof) => Ok(Some(proof)),
            Self::Invalid(error) => Err(refusal(error)),
        }
    }
}

/// What the client sees when a service that the function needs cannot be asked: UNAVAILABLE; the log gets the cause.
#[must_use]
pub fn unavailable(error: impl Error + Send + Sync + 'static) -> HttpsError {
    HttpsError::unavailable("Unavailable").with_source(error)
}

/// What the client hears of a refused token: UNAUTHENTICATED, whatever was wrong with it; UNAVAILABLE
/// if that could not be found out.
#[must_use]
pub fn refusal(error: TokenError) -> HttpsError {
    match error {
        // P12, DIFFERENCE: the reference says 401 when it cannot ask Google, and apps that sign out on
        // 401 would then sign everybody out.
        TokenError::KeysUnavailable | TokenError::RevocationUnknown | TokenError::ConsumeFailed => {
            HttpsError::unavailable("Unavailable")
        }
        _ => HttpsError::unauthenticated("Unauthenticated"),
    }
}

/// P11: the token of `Authorization: Bearer <token>`; `None` without the header or with an empty one.
/// Several headers are refused: there is no way to tell which one the front meant.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    const SCHEME: &str = "Bearer ";
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(TokenError::Scheme);
    }
    if value.is_empty() {
        return Ok(None);
    }
    let value = value.to_str().map_err(|_| TokenError::Scheme)?;
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(Some(token)),
        _ => Err(TokenError::Scheme),
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl fmt::Debug for AppCheckVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppCheckVerifier")
    }
}

impl fmt::Debug for IdTokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production(..) => "Production",
            #[cfg(any(test, feature = "emulator"))]
            Self::Emulator(_) => "Emulator",
        })
    }
}
