//! The author's own rule on who may call, checked after identity and before the handler.
//! Source: firebase/firebase-functions `src/v2/providers/https.ts`, `isSignedIn` and `hasClaim`.

use std::sync::Arc;

use serde_json::Value;

use super::request::AuthData;

/// Whether a caller may call with this `data`. Given untyped data, so that whoever is refused
/// learns nothing of its shape.
pub(super) type Policy = Arc<dyn Fn(Option<&AuthData>, &Value) -> bool + Send + Sync>;

/// Any signed-in caller. For [`super::Callable::auth_policy`].
pub fn signed_in() -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    |auth, _| auth.is_some()
}

/// Callers whose token has this claim, whatever its value, `false` included.
pub fn has_claim(
    claim: impl Into<String>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    let claim = claim.into();
    move |auth, _| auth.is_some_and(|auth| auth.claims().contains_key(&claim))
}

/// Callers whose token has this claim with exactly this value.
pub fn has_claim_value(
    claim: impl Into<String>,
    value: impl Into<Value>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    let (claim, value) = (claim.into(), value.into());
    move |auth, _| auth.is_some_and(|auth| auth.claims().get(&claim) == Some(&value))
}
