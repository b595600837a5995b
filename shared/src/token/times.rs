//! The rules about a token's times: not expired and not issued in the future, with a tolerance for each.

use std::time::Duration;

use super::{TokenError, UnverifiedClaims};

const MAX_EXP_SKEW: Duration = Duration::from_secs(60);

/// How far the clocks of the issuer and the verifier may differ.
///
/// ```
/// use std::time::Duration;
/// use shared::token::TimeRules;
///
/// let skew = Duration::from_secs(5);
/// let rules = TimeRules::default().exp_skew(skew).iat_skew(skew);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TimeRules {
    exp_skew: i64,
    iat_skew: i64,
}

impl Default for TimeRules {
    /// No tolerance for `exp`, as in the Admin SDK for Node; five minutes for the other times.
    fn default() -> Self {
        Self { exp_skew: 0, iat_skew: 300 }
    }
}

impl TimeRules {
    /// How long after its expiry a token is still accepted: a minute at most.
    #[must_use]
    pub fn exp_skew(self, skew: Duration) -> Self {
        Self { exp_skew: whole_seconds(skew.min(MAX_EXP_SKEW)), ..self }
    }

    /// How far in the future `iat`, `nbf` and `auth_time` may be.
    #[must_use]
    pub fn iat_skew(self, skew: Duration) -> Self {
        Self { iat_skew: whole_seconds(skew), ..self }
    }

    /// Refuses a token that has expired or is not valid yet at `now`, in seconds since 1970. `exp` and `iat` are
    /// required; `nbf` and `auth_time` are checked if the token has them.
    ///
    /// # Errors
    /// [`TokenError::Exp`], [`TokenError::Iat`], [`TokenError::Nbf`] or [`TokenError::AuthTime`].
    pub fn check(self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
        if claims.time("exp").ok_or(TokenError::Exp)? <= now.saturating_sub(self.exp_skew) {
            return Err(TokenError::Exp);
        }
        let latest = now.saturating_add(self.iat_skew);
        if claims.time("iat").ok_or(TokenError::Iat)? > latest {
            return Err(TokenError::Iat);
        }
        for (claim, error) in [("nbf", TokenError::Nbf), ("auth_time", TokenError::AuthTime)] {
            if claims.has(claim) && claims.time(claim).is_none_or(|at| at > latest) {
                return Err(error);
            }
        }
        Ok(())
    }
}

fn whole_seconds(skew: Duration) -> i64 {
    i64::try_from(skew.as_secs()).unwrap_or(i64::MAX)
}
