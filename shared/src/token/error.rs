//! Why a token was refused: one variant per rule, each with a fixed reason string for the log. Clients are never told
//! which rule it was. A variant contains no data of the token.

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

            /// The rule's reason string in the log. Users build alarms on these strings: they never change.
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
    /// The `Authorization` header is not `Bearer <token>`, or the request has several of them.
    Scheme => "scheme",
    /// The token is longer than the limit.
    TooLong => "too_long",
    /// Not three parts of canonical base64url, or the header or payload is not a JSON object with distinct names.
    Malformed => "malformed",
    /// The algorithm is not RS256.
    Alg => "alg",
    /// The header's `typ` is something other than JWT.
    Typ => "typ",
    /// The header has `crit`, a list of extensions that a verifier must support. This verifier supports none.
    Crit => "crit",
    /// The header has no key id.
    KidMissing => "kid_missing",
    /// The key id is not a string, is too long, or has characters that no key id has.
    KidInvalid => "kid_invalid",
    /// The key set has no key with this id.
    KidUnknown => "kid_unknown",
    /// The signature was not made by this key over this token.
    Signature => "signature",
    /// The token was issued for another audience.
    Aud => "aud",
    /// The token was issued by another issuer.
    Iss => "iss",
    /// The subject is not a valid user id.
    Sub => "sub",
    /// The token has expired, or has no valid expiry time.
    Exp => "exp",
    /// The token is not valid yet.
    Nbf => "nbf",
    /// The issue time is in the future, or is missing or invalid.
    Iat => "iat",
    /// The time of the sign-in is in the future, or is invalid.
    AuthTime => "auth_time",
    /// The user belongs to a tenant that is not accepted.
    Tenant => "tenant",
    /// The token was issued to an application that is not accepted, or names no application.
    Azp => "azp",
    /// The token has no valid session id.
    Sid => "sid",
    /// The session is not active.
    Sts => "sts",
    /// Another person, such as an administrator, acts as the user.
    Act => "act",
    /// The token is valid for longer than its kind of token may be.
    Lifetime => "lifetime",
    /// A token of another kind, such as a custom token.
    KindMismatch => "kind_mismatch",
    /// The string that mobile SDKs send when they could not get an App Check token.
    Placeholder => "placeholder",
}
