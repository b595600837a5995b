//! Verifies the two tokens of a call, the ID token and the App Check token: each is MISSING, VALID or INVALID.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `checkAuthToken` and
//! `checkAppCheckToken`.

use std::sync::Arc;

use http::HeaderMap;
use tracing::warn;

use super::{
    log,
    options::Options,
    rejection::{Rejection, Unavailable, Verification, rejection},
    sources::AppCheckConsumer,
    token_headers,
};
use crate::{
    clock::Clock,
    keys::{KeyCache, Verifier, VerifyError},
    protocol::HttpsError,
    token::{
        AppCheckData, AppCheckRules, AuthData, EmulatorIdTokenRules, IdTokenRules, TokenError,
    },
};

/// Verifies the tokens of a call. A process needs only one; clones share its keys and its clock.
///
/// ```
/// use std::sync::Arc;
/// use shared::{
///     callable::{Authenticator, IdTokenVerifier},
///     clock::SystemClock,
///     keys::{CacheSettings, HttpsFetch, KeyCache, Keys, Verifier, google_app_check_keys, google_id_token_keys},
///     token::{AppCheckRules, IdTokenRules},
/// };
///
/// let clock = Arc::new(SystemClock::new());
/// let keys = |settings| Keys::Cached(KeyCache::new(settings, Arc::new(HttpsFetch::new()), clock.clone()));
/// let id_token_keys = keys(CacheSettings::id_tokens(google_id_token_keys()));
/// let id_tokens = Verifier::new(IdTokenRules::new("my-app"), id_token_keys, clock.clone());
/// let app_check_keys = keys(CacheSettings::app_check(google_app_check_keys()));
/// let app_check = Verifier::new(AppCheckRules::new("my-app"), app_check_keys, clock.clone());
///
/// let authenticator = Authenticator::new(IdTokenVerifier::Production(id_tokens), clock.clone())
///     .with_app_check(app_check);
/// ```
#[derive(Debug, Clone)]
pub struct Authenticator {
    clock: Arc<dyn Clock>,
    id_tokens: IdTokenVerifier,
    app_check: Option<Verifier<AppCheckRules>>,
}

/// How ID tokens are verified. The variants share no code path that could skip a check.
#[derive(Debug, Clone)]
pub enum IdTokenVerifier {
    /// Signed tokens of one Firebase project.
    Production(Verifier<IdTokenRules>),
    /// Unsigned tokens of a local Auth emulator, never signed ones. Builds without the feature `emulator` cannot
    /// construct this variant.
    Emulator(EmulatorIdTokenRules),
}

impl Authenticator {
    /// Verifies ID tokens with `id_tokens`. `clock` gives the time for deadlines, log records and the emulator's
    /// tokens.
    #[must_use]
    pub fn new(id_tokens: IdTokenVerifier, clock: Arc<dyn Clock>) -> Self {
        Self { clock, id_tokens, app_check: None }
    }

    /// Adds a verifier of App Check tokens. Without one, every App Check token is INVALID, and a call with such a token
    /// gets UNAVAILABLE if the callable enforces App Check.
    #[must_use]
    pub fn with_app_check(mut self, app_check: Verifier<AppCheckRules>) -> Self {
        self.app_check = Some(app_check);
        self
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The cache of the keys that verify ID tokens; `None` with a configured key or the Auth emulator.
    pub(super) fn id_token_keys(&self) -> Option<&Arc<KeyCache>> {
        match &self.id_tokens {
            IdTokenVerifier::Production(verifier) => verifier.cache(),
            IdTokenVerifier::Emulator(_) => None,
        }
    }

    /// The verified user and app of a call. The ID token is verified first: if it is INVALID, the App Check token is
    /// not checked.
    pub(super) async fn verify(
        &self,
        headers: &HeaderMap,
        options: &Options,
    ) -> Result<(Option<AuthData>, Option<AppCheckData>), HttpsError> {
        let auth =
            if options.ignore_id_token { Ok(None) } else { self.user(headers, options).await };
        if let Err(error) = auth {
            log::verification(&auth, None);
            return Err(rejection(error));
        }
        let app = self.app(headers, options.app_check_consumer.as_deref()).await;
        log::verification(&auth, Some(&app));
        let app = match app {
            Ok(None) if options.enforce_app_check => {
                return Err(HttpsError::unauthenticated("Unauthenticated"));
            }
            // If App Check is not enforced, an INVALID token counts as MISSING: apps introduce App Check step by step.
            Err(_) if !options.enforce_app_check => None,
            app => app.map_err(rejection)?,
        };
        Ok((auth.map_err(rejection)?, app))
    }

    /// The cheapest checks come first: those that need no key, then the signature, then the request to the revocation
    /// source.
    async fn user(&self, headers: &HeaderMap, options: &Options) -> Verification<AuthData> {
        let Some(raw) = token_headers::id_token(headers)? else {
            return Ok(None);
        };
        let auth = self.id_tokens.verify(raw, &self.clock).await?;
        if !options.tenants.admits(auth.tenant()) {
            return Err(TokenError::Tenant.into());
        }
        if let Some(revocation) = &options.revocation {
            revocation.check(&auth).await?;
        }
        Ok(Some(auth))
    }

    /// P13, P30: runs only if the ID token is not INVALID. With a consumer, a valid App Check token is marked as used;
    /// without one, no request is sent.
    async fn app(
        &self,
        headers: &HeaderMap,
        consumer: Option<&dyn AppCheckConsumer>,
    ) -> Verification<AppCheckData> {
        let Some(raw) = token_headers::app_check_token(headers)? else {
            return Ok(None);
        };
        let verifier = self.app_check.as_ref().ok_or(Rejection::Unavailable(Unavailable::Keys))?;
        let (mut app, origin) = verifier.verify_by(raw).await?;
        log::keys(log::APP_CHECK_KEYS, origin);
        if let Some(consumer) = consumer {
            match consumer.consume(&app).await {
                Ok(already) => app.set_consumed(already),
                Err(error) => {
                    warn!(%error, "an App Check token cannot be consumed");
                    return Err(Rejection::Unavailable(Unavailable::Consumption));
                }
            }
        }
        Ok(Some(app))
    }
}

impl IdTokenVerifier {
    async fn verify(&self, raw: &str, clock: &Arc<dyn Clock>) -> Result<AuthData, VerifyError> {
        match self {
            Self::Production(verifier) => {
                let (auth, origin) = verifier.verify_by(raw).await?;
                log::keys(log::ID_TOKEN_KEYS, origin);
                Ok(auth)
            }
            Self::Emulator(rules) => Ok(rules.verify(raw, clock.unix_seconds())?),
        }
    }
}
