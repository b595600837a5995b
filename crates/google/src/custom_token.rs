//! Firebase custom tokens: the user id and the claims of a sign-in. `signer.rs` signs them.
//! Source: firebase/firebase-admin-node `src/auth/token-generator.ts`.

use std::time::Duration;

use serde_json::{Map, Value, json};
use shared::{Redacted, token::CUSTOM_TOKEN_AUDIENCE};

use crate::jws;

const MAX_LIFETIME: Duration = Duration::from_secs(3600);
const MAX_UID_UNITS: usize = 128;
const MAX_CLAIMS_BYTES: usize = 1000;
const MAX_DEPTH: usize = 8;

/// Claims that have a meaning to Firebase itself: those that the Admin SDKs and the Auth emulator refuse, and those
/// that handlers read to find out who a user is.
const RESERVED: [&str; 24] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "cnf",
    "c_hash",
    "email",
    "email_verified",
    "exp",
    "firebase",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "phone_number",
    "provider_id",
    "sub",
    "tenant",
    "tenant_id",
    "uid",
    "user_id",
];

/// The content of a custom token that will be signed.
#[derive(Debug, Clone)]
pub struct CustomToken {
    uid: Redacted<String>,
    claims: Redacted<Map<String, Value>>,
    lifetime: Duration,
}

/// Why a custom token cannot be made.
///
/// ```
/// use firebase_callable_google::CustomToken;
///
/// let error = CustomToken::new("").unwrap_err();
/// assert_eq!(error.to_string(), "a user id has 1 to 128 characters");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustomTokenError {
    /// The user id is empty, or longer than 128 characters.
    #[error("a user id has 1 to 128 characters")]
    Uid,
    /// The name of this claim is reserved for Firebase.
    #[error("the claim {0} is reserved")]
    Reserved(String),
    /// The claims take more than 1000 bytes of JSON.
    #[error("claims may take at most 1000 bytes of JSON")]
    TooLarge,
    /// The claims are nested deeper than 8 levels.
    #[error("claims may be nested at most 8 levels deep")]
    TooDeep,
}

impl CustomToken {
    /// One minute, because a client exchanges the token at once. Until the token expires it can be used for any
    /// number of sign-ins, even after the session that it was made for has ended.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

    /// A token that signs in as this user, who is created on the first sign-in. It is valid for
    /// [`Self::DEFAULT_LIFETIME`].
    ///
    /// ```
    /// use firebase_callable_google::{CustomToken, CustomTokenError};
    ///
    /// assert_eq!(CustomToken::new("ada")?.expires_in(), 60);
    /// assert_eq!(CustomToken::new("").unwrap_err(), CustomTokenError::Uid);
    /// # Ok::<(), CustomTokenError>(())
    /// ```
    ///
    /// # Errors
    /// [`CustomTokenError::Uid`].
    pub fn new(uid: &str) -> Result<Self, CustomTokenError> {
        if uid.is_empty() || uid.encode_utf16().count() > MAX_UID_UNITS {
            return Err(CustomTokenError::Uid);
        }
        let uid = Redacted(uid.to_owned());
        Ok(Self { uid, claims: Redacted::default(), lifetime: Self::DEFAULT_LIFETIME })
    }

    /// Sets the claims that every ID token of this sign-in will have, including refreshed ones.
    ///
    /// ```
    /// use firebase_callable_google::{CustomToken, CustomTokenError};
    /// use serde_json::json;
    ///
    /// let claims = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    /// let token = CustomToken::new("ada")?.claims(claims(json!({ "role": "editor" })))?;
    /// let refused = token.claims(claims(json!({ "sub": "eve" })));
    /// assert_eq!(refused.unwrap_err(), CustomTokenError::Reserved("sub".to_owned()));
    /// # Ok::<(), CustomTokenError>(())
    /// ```
    ///
    /// # Errors
    /// A name is reserved, or the claims are too large or nested too deep.
    pub fn claims(mut self, claims: Map<String, Value>) -> Result<Self, CustomTokenError> {
        if let Some(name) = claims.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(CustomTokenError::Reserved(name.clone()));
        }
        let claims = Value::Object(claims);
        if depth(&claims) > MAX_DEPTH {
            return Err(CustomTokenError::TooDeep);
        }
        if claims.to_string().len() > MAX_CLAIMS_BYTES {
            return Err(CustomTokenError::TooLarge);
        }
        if let Value::Object(claims) = claims {
            self.claims.0 = claims;
        }
        Ok(self)
    }

    /// Sets how long the token can be used. Default: a minute; at most an hour.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use firebase_callable_google::CustomToken;
    ///
    /// let token = CustomToken::new("ada")?.lifetime(Duration::from_secs(300));
    /// assert_eq!(token.expires_in(), 300);
    /// # Ok::<(), firebase_callable_google::CustomTokenError>(())
    /// ```
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.min(MAX_LIFETIME);
        self
    }

    /// The token's lifetime in seconds.
    #[must_use]
    pub fn expires_in(&self) -> u64 {
        self.lifetime.as_secs()
    }

    /// The header and claims that the service account `email` signs with `algorithm` at `now` (seconds since 1970).
    pub(crate) fn signing_input(&self, email: &str, algorithm: &str, now: i64) -> String {
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or_default();
        let header = json!({ "alg": algorithm, "typ": "JWT" });
        let mut claims = json!({
            "aud": CUSTOM_TOKEN_AUDIENCE, "iat": now, "exp": now.saturating_add(lifetime),
            "iss": email, "sub": email, "uid": self.uid.0,
        });
        if let (false, Some(members)) = (self.claims.0.is_empty(), claims.as_object_mut()) {
            members.insert("claims".to_owned(), Value::Object(self.claims.0.clone()));
        }
        jws::signing_input(&header, &claims)
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
