//! Why a token was refused: one variant per rule, with a stable word for the log.
//! The client never learns which; a variant carries nothing of the token.

macro_rules! token_errors {
    ($($(#[$doc:meta])* $variant:ident => $reason:literal,)*) => {
        /// The rule that refused a token.
        ///
        /// ```
        /// use shared::token::{IdTokenRules, TokenError, inspect};
        ///
        /// let error = inspect(&IdTokenRules::new("my-app"), "not a token", 0).unwrap_err();
        /// assert_eq!((error, error.reason()), (TokenError::Malformed, "malformed"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum TokenError {
            $($(#[$doc])* #[error($reason)] $variant,)*
        }

        impl TokenError {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The rule's word in the log. Users build alarms on these: they never change.
            #[must_use]
            pub fn reason(self) -> &'static str {
                match self {
                    $(Self::$variant => $reason,)*
                }
            }
        }
    };
}

token_errors! {
    /// The `Authorization` header is not `Bearer <token>`, or there are several.
    Scheme => "scheme",
    /// The token is longer than the limit.
    TooLong => "too_long",
    /// Not three parts of canonical base64url, or not JSON objects in them.
    Malformed => "malformed",
    /// The algorithm is not RS256.
    Alg => "alg",
    /// The header's `typ` is something other than JWT.
    Typ => "typ",
    /// The header names critical extensions; none is understood.
    Crit => "crit",
    /// The header names no key.
    KidMissing => "kid_missing",
    /// The key id is not a plausible one.
    KidInvalid => "kid_invalid",
    /// The key set has no such key.
    KidUnknown => "kid_unknown",
    /// The signature is not the key's.
    Signature => "signature",
    /// The token is for another audience.
    Aud => "aud",
    /// The token is from another issuer.
    Iss => "iss",
    /// The subject is not a user id.
    Sub => "sub",
    /// The token has expired, or does not say when it does.
    Exp => "exp",
    /// The token is not valid yet.
    Nbf => "nbf",
    /// The token comes from the future, or does not say when it was issued.
    Iat => "iat",
    /// The sign-in lies in the future.
    AuthTime => "auth_time",
    /// The user belongs to a tenant that is not accepted.
    Tenant => "tenant",
    /// The token was issued to an application that is not accepted, or does not say to which.
    Azp => "azp",
    /// The token belongs to no session.
    Sid => "sid",
    /// The session is not active.
    Sts => "sts",
    /// Somebody acts in the user's name.
    Act => "act",
    /// The token lives longer than tokens of its kind.
    Lifetime => "lifetime",
    /// A token of another kind, such as a custom token.
    KindMismatch => "kind_mismatch",
    /// What mobile SDKs send when they could not get an App Check token.
    Placeholder => "placeholder",
}
