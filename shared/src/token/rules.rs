//! The steps of verification, the same for every kind of token: the checks that need no key, then the signature, then
//! the proof.
//!
//! ```text
//! inspect(rules, raw, now) ──────► Inspected ──── verify(key) ────► Verified ──── rules.proof ────► R::Proof
//! length, form, header, claims        └─ kid() ──► key set ──► PublicKey
//! ```

use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::{
    PublicKey, TokenError, UnverifiedClaims,
    jwt::{MAX_TOKEN_BYTES, UnverifiedJwt},
};
use crate::Redacted;

/// The only accepted algorithm. Neither a token nor its rules can choose another one.
const ALGORITHM: &str = "RS256";

/// The rules of one kind of token, and the proof that a token met them.
///
/// Rules read a token before its signature is checked, so a check may only compare claims: it returns `Ok(())` or an
/// error, and must not keep a claim of a token that may be forged. A proof is made from [`Verified`], which only [`Inspected::verify`]
/// makes, and only for the rules that inspected the token. Rules for your own kind of token:
///
/// ```
/// use shared::token::{Rules, TimeRules, TokenError, UnverifiedClaims, Verified, inspect};
///
/// struct DeviceRules;
/// struct Device { id: String }
///
/// impl Rules for DeviceRules {
///     type Proof = Device;
///
///     fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
///         if !claims.is("iss", "https://devices.example.com") {
///             return Err(TokenError::Iss);
///         }
///         TimeRules::default().check(claims, now)
///     }
///
///     fn proof(&self, token: Verified<'_, Self>) -> Result<Device, TokenError> {
///         Ok(Device { id: token.text("sub").ok_or(TokenError::Sub)?.to_owned() })
///     }
/// }
///
/// assert_eq!(inspect(&DeviceRules, "x", 0).err(), Some(TokenError::Malformed));
/// ```
///
/// Rules without checks cannot make the proof of stricter rules. This does not compile:
///
/// ```compile_fail,E0308
/// use shared::token::{IdTokenRules, Rules, TokenError, UnverifiedClaims, Verified};
///
/// struct NoRules;
///
/// impl Rules for NoRules {
///     type Proof = <IdTokenRules as Rules>::Proof;
///
///     fn check_claims(&self, _: &UnverifiedClaims, _: i64) -> Result<(), TokenError> { Ok(()) }
///
///     fn proof(&self, token: Verified<'_, Self>) -> Result<Self::Proof, TokenError> {
///         IdTokenRules::new("my-app").proof(token)
///     }
/// }
/// ```
///
/// The claims of an inspected token cannot be read, either:
///
/// ```compile_fail,E0616
/// # use shared::token::{IdTokenRules, inspect};
/// let rules = IdTokenRules::new("my-app");
/// let claims = inspect(&rules, "a.b.c", 0).unwrap().jwt;
/// ```
pub trait Rules: Sized {
    /// The proof that a token met every rule. Its type should have no public constructor.
    type Proof;

    /// The longest token that is accepted, in bytes. Default and maximum: 16 384.
    fn max_token_bytes(&self) -> usize {
        MAX_TOKEN_BYTES
    }

    /// The string that clients send if they could not get a token. Default: none.
    fn placeholder(&self) -> Option<&str> {
        None
    }

    /// Refuses a token of another kind before its key id is checked, so that the log gives the kind as the reason and
    /// not the key id. Default: accepts every token.
    ///
    /// # Errors
    /// [`TokenError::KindMismatch`].
    fn check_kind(&self, token: &UnverifiedJwt<'_>) -> Result<(), TokenError> {
        let _ = token;
        Ok(())
    }

    /// Checks the claims: issuer, audience, subject, times. `now` is in seconds since 1970. May read each byte of the
    /// claims at most once: anybody can send a token that reaches this check.
    ///
    /// # Errors
    /// The first rule that the token does not meet.
    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError>;

    /// Makes the proof from a verified token.
    ///
    /// # Errors
    /// The token lacks a claim that the proof needs.
    fn proof(&self, token: Verified<'_, Self>) -> Result<Self::Proof, TokenError>;
}

/// Makes all checks that need no key: form, header, claims, times. `now` is in seconds since 1970. Tokens must have a
/// key id.
///
/// ```
/// use shared::token::{IdTokenRules, TokenError, inspect};
///
/// let rules = IdTokenRules::new("my-app");
/// assert_eq!(inspect(&rules, "not a token", 1_800_000_000).err(), Some(TokenError::Malformed));
/// ```
///
/// # Errors
/// The first rule that the token does not meet.
pub fn inspect<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
) -> Result<Inspected<'t, R>, TokenError> {
    inspect_with(rules, raw, now, true)
}

/// Like [`inspect`], for an issuer with one configured key: the key id of a token is ignored.
///
/// # Errors
/// The first rule that the token does not meet.
pub fn inspect_for_known_key<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
) -> Result<Inspected<'t, R>, TokenError> {
    inspect_with(rules, raw, now, false)
}

fn inspect_with<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
    needs_key_id: bool,
) -> Result<Inspected<'t, R>, TokenError> {
    if rules.placeholder() == Some(raw) {
        return Err(TokenError::Placeholder);
    }
    let max_bytes = rules.max_token_bytes().min(MAX_TOKEN_BYTES);
    let jwt = UnverifiedJwt::decode(raw, max_bytes, ALGORITHM)?;
    rules.check_kind(&jwt)?;
    // An unsigned token causes no key fetch.
    if !jwt.is_signed() {
        return Err(TokenError::Malformed);
    }
    if needs_key_id {
        jwt.key_id()?;
    }
    rules.check_claims(jwt.claims(), now)?;
    Ok(Inspected { rules, raw: Redacted(raw), jwt })
}

/// A token that met every rule that needs no key. Its signature is not checked yet. Only its key id can be read.
#[derive(Debug)]
pub struct Inspected<'t, R> {
    rules: &'t R,
    raw: Redacted<&'t str>,
    jwt: UnverifiedJwt<'t>,
}

impl<R: Rules> Inspected<'_, R> {
    /// The id of the key that the token claims to be signed with. Not trusted, only looked up. Empty if the token has
    /// none.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.jwt.key_id().unwrap_or_default()
    }

    /// Checks the signature, the last rule.
    ///
    /// # Errors
    /// [`TokenError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<R::Proof, TokenError> {
        let Self { rules, raw, jwt } = self;
        if !jwt.is_signed_by(key) {
            return Err(TokenError::Signature);
        }
        let claims = Redacted(jwt.into_claims().into_members());
        rules.proof(Verified { raw, claims, rules: PhantomData })
    }
}

/// A token that met every rule of `R`, including the signature. Only [`Inspected::verify`] makes one: code that takes
/// this type cannot run for an unverified token, or for a token that other rules inspected.
#[derive(Debug)]
pub struct Verified<'t, R> {
    raw: Redacted<&'t str>,
    claims: Redacted<Map<String, Value>>,
    rules: PhantomData<fn() -> R>,
}

impl<'t, R> Verified<'t, R> {
    /// The token as sent. It is a credential: keep it out of logs.
    #[must_use]
    pub fn raw(&self) -> &'t str {
        self.raw.0
    }

    /// A claim that is a string.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.0.get(claim)?.as_str()
    }

    /// Removes a claim and returns it.
    pub fn take(&mut self, claim: &str) -> Option<Value> {
        self.claims.0.swap_remove(claim)
    }

    /// All claims.
    #[must_use]
    pub fn into_claims(self) -> Map<String, Value> {
        self.claims.0
    }
}
