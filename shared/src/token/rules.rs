//! One way for every kind of token: what needs no key, then the signature, then the proof.
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

/// The only algorithm. Fixed here, never chosen by a token or by its rules.
const ALGORITHM: &str = "RS256";

/// What a kind of token must meet, and the proof that one of them met it.
///
/// Rules see a token before its signature is checked, so a check says `Ok` or `Err` and returns nothing else: no claim
/// leaves a token that may be forged. A proof is made from [`Verified`], which only [`Inspected::verify`] makes, and
/// only for the rules that have inspected the token. So nobody can weaken the rules of another kind:
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
/// Rules without checks cannot borrow the proof of a stricter kind; this does not compile:
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
/// nor is there another way to the claims of an inspected token:
///
/// ```compile_fail,E0616
/// # use shared::token::{IdTokenRules, inspect};
/// let rules = IdTokenRules::new("my-app");
/// let claims = inspect(&rules, "a.b.c", 0).unwrap().jwt;
/// ```
pub trait Rules: Sized {
    /// What a token that met every rule proves. Its type should have no public constructor.
    type Proof;

    /// The longest token that is looked at, in bytes. Default and ceiling: 16 384.
    fn max_token_bytes(&self) -> usize {
        MAX_TOKEN_BYTES
    }

    /// What clients send in place of a token when they could not get one. Default: nothing.
    fn placeholder(&self) -> Option<&str> {
        None
    }

    /// Refuses a token of another kind before its key id is looked at, so that the log names the kind. Default: no.
    ///
    /// # Errors
    /// [`TokenError::KindMismatch`].
    fn check_kind(&self, token: &UnverifiedJwt<'_>) -> Result<(), TokenError> {
        let _ = token;
        Ok(())
    }

    /// Every rule about claims: whom the token is from and for, and its times. `now` in seconds since 1970. Costs at
    /// most a look at each byte: anybody can send a token that gets here.
    ///
    /// # Errors
    /// The first rule that is not met.
    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError>;

    /// The proof.
    ///
    /// # Errors
    /// The token does not have a claim that the proof is made of.
    fn proof(&self, token: Verified<'_, Self>) -> Result<Self::Proof, TokenError>;
}

/// Everything that needs no key: form, header, claims, times. `now` in seconds since 1970. Tokens must name their key.
///
/// ```
/// use shared::token::{IdTokenRules, TokenError, inspect};
///
/// let rules = IdTokenRules::new("my-app");
/// assert_eq!(inspect(&rules, "not a token", 1_800_000_000).err(), Some(TokenError::Malformed));
/// ```
///
/// # Errors
/// The first rule that is not met.
pub fn inspect<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
) -> Result<Inspected<'t, R>, TokenError> {
    inspect_with(rules, raw, now, |token| token.key_id().map(|_| ()))
}

/// The same for an issuer whose one key is configured: whatever key id a token names is not looked at.
///
/// # Errors
/// The first rule that is not met.
pub fn inspect_for_known_key<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
) -> Result<Inspected<'t, R>, TokenError> {
    inspect_with(rules, raw, now, |_| Ok(()))
}

fn inspect_with<'t, R: Rules>(
    rules: &'t R,
    raw: &'t str,
    now: i64,
    check_key_id: impl FnOnce(&UnverifiedJwt<'t>) -> Result<(), TokenError>,
) -> Result<Inspected<'t, R>, TokenError> {
    if rules.placeholder() == Some(raw) {
        return Err(TokenError::Placeholder);
    }
    let max_bytes = rules.max_token_bytes().min(MAX_TOKEN_BYTES);
    let jwt = UnverifiedJwt::decode(raw, max_bytes, ALGORITHM)?;
    rules.check_kind(&jwt)?;
    // Without a signature it is not a token: not even a key is asked for.
    if !jwt.is_signed() {
        return Err(TokenError::Malformed);
    }
    check_key_id(&jwt)?;
    rules.check_claims(jwt.claims(), now)?;
    Ok(Inspected { rules, raw: Redacted(raw), jwt: Redacted(jwt) })
}

/// A token that met every rule but the signature. All it tells is which key to ask for.
#[derive(Debug)]
pub struct Inspected<'t, R> {
    rules: &'t R,
    raw: Redacted<&'t str>,
    jwt: Redacted<UnverifiedJwt<'t>>,
}

impl<R: Rules> Inspected<'_, R> {
    /// The id of the key that the token says it is signed with: not trusted, only looked up. Empty if it names none.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.jwt.0.key_id().unwrap_or_default()
    }

    /// Checks the signature, the last rule.
    ///
    /// # Errors
    /// [`TokenError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<R::Proof, TokenError> {
        let Self { rules, raw, jwt: Redacted(jwt) } = self;
        if !jwt.is_signed_by(key) {
            return Err(TokenError::Signature);
        }
        let claims = Redacted(jwt.into_claims().into_members());
        rules.proof(Verified { raw, claims, rules: PhantomData })
    }
}

/// A token that met every rule of `R`, the signature included. Made only by [`Inspected::verify`]: code that takes this
/// type cannot run for an unverified token, or for one that other rules inspected.
#[derive(Debug)]
pub struct Verified<'t, R> {
    raw: Redacted<&'t str>,
    claims: Redacted<Map<String, Value>>,
    rules: PhantomData<fn() -> R>,
}

impl<'t, R> Verified<'t, R> {
    /// The token as sent. A credential: keep it out of logs.
    #[must_use]
    pub fn raw(&self) -> &'t str {
        self.raw.0
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.0.get(claim)?.as_str()
    }

    /// Takes a claim out.
    pub fn take(&mut self, claim: &str) -> Option<Value> {
        self.claims.0.swap_remove(claim)
    }

    /// All of them.
    #[must_use]
    pub fn into_claims(self) -> Map<String, Value> {
        self.claims.0
    }
}
