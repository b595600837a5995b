//! The gate: MISSING, VALID or INVALID for the caller's ID token, and what becomes of each.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `checkAuthToken`.

use std::{fmt, sync::Arc};

use http::{HeaderMap, header};

use super::request::AuthData;
#[cfg(any(test, feature = "emulator"))]
use crate::token::EmulatorIdTokenRules;
use crate::{
    clock::Clock,
    keys::{KeyCache, KeyError},
    protocol::HttpsError,
    token::{IdToken, IdTokenRules, TenantPolicy, TokenError},
};

/// Everything that decides who gets in: verifiers, key sets, clock. One per process.
#[derive(Clone)]
pub struct Gate {
    pub(super) clock: Arc<dyn Clock>,
    id_tokens: IdTokenVerifier,
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

/// What an ID token came to.
pub(super) enum IdTokenStatus {
    Missing,
    Valid(AuthData),
    Invalid(TokenError),
}

impl Gate {
    /// A gate that admits what `id_tokens` verifies at the time `clock` tells.
    #[must_use]
    pub fn new(id_tokens: IdTokenVerifier, clock: Arc<dyn Clock>) -> Self {
        Self { clock, id_tokens }
    }

    pub(super) async fn id_token(
        &self,
        headers: &HeaderMap,
        tenants: &TenantPolicy,
    ) -> IdTokenStatus {
        match bearer_token(headers) {
            Ok(None) => IdTokenStatus::Missing,
            Ok(Some(token)) => match self.verify(token).await {
                Ok(token) if !tenants.admits(token.tenant()) => {
                    IdTokenStatus::Invalid(TokenError::Tenant)
                }
                Ok(token) => IdTokenStatus::Valid(AuthData::new(token)),
                Err(error) => IdTokenStatus::Invalid(error),
            },
            Err(error) => IdTokenStatus::Invalid(error),
        }
    }

    async fn verify(&self, raw: &str) -> Result<IdToken, TokenError> {
        let now = self.clock.unix_seconds();
        match &self.id_tokens {
            IdTokenVerifier::Production(rules, keys) => {
                let inspected = rules.inspect(raw, now)?;
                let key = keys.key(inspected.kid()).await.map_err(|error| match error {
                    KeyError::Unknown => TokenError::KidUnknown,
                    KeyError::Unavailable => TokenError::KeysUnavailable,
                })?;
                inspected.verify(&key)
            }
            #[cfg(any(test, feature = "emulator"))]
            IdTokenVerifier::Emulator(rules) => rules.verify(raw, now),
        }
    }
}

impl IdTokenStatus {
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

    /// The caller, or the refusal. Which rule refused a token is never told.
    pub(super) fn admit(self) -> Result<Option<AuthData>, HttpsError> {
        match self {
            Self::Missing => Ok(None),
            Self::Valid(auth) => Ok(Some(auth)),
            // DIFFERENCE: the reference says 401 when it cannot fetch keys, and apps that sign out
            // on 401 would then sign everybody out.
            Self::Invalid(TokenError::KeysUnavailable) => {
                Err(HttpsError::unavailable("Unavailable"))
            }
            Self::Invalid(_) => Err(HttpsError::unauthenticated("Unauthenticated")),
        }
    }
}

/// The token of `Authorization: Bearer <token>`; `None` without the header or with an empty one.
/// Several headers are refused: which of them a front meant is nobody's guess.
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

impl fmt::Debug for IdTokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production(..) => "Production",
            #[cfg(any(test, feature = "emulator"))]
            Self::Emulator(_) => "Emulator",
        })
    }
}
