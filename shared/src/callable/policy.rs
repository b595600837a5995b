//! The author's rule on who may call. It runs after the tokens are verified and before the handler.
//! Source: firebase/firebase-functions `src/v2/providers/https.ts`, `isSignedIn` and `hasClaim`.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    protocol::data::{DataError, Document},
    token::AuthData,
};

/// Decides whether a caller may call with this `data`. It gets `data` as a [`Value`]: decoding it into the handler's type
/// first would tell a refused caller which fields the type has.
#[derive(Clone)]
pub(super) struct Policy {
    decide: Arc<dyn Fn(Option<&AuthData>, &Value) -> bool + Send + Sync>,
    /// Whether the policy may look at `data`. If not, `data` is not decoded for it.
    needs_data: bool,
    #[cfg(feature = "contract")]
    callers: &'static str,
}

impl Policy {
    pub(super) fn new<P>(policy: P) -> Self
    where
        P: Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static,
    {
        let needs_data = !caller_policies().contains(&TypeId::of::<P>());
        Self {
            decide: Arc::new(policy),
            needs_data,
            #[cfg(feature = "contract")]
            callers: match caller_policies().iter().position(|id| *id == TypeId::of::<P>()) {
                Some(0) => "signedIn",
                Some(_) => "claim",
                None => "policy",
            },
        }
    }

    pub(super) fn of_caller<P>(policy: P) -> Self
    where
        P: Fn(Option<&AuthData>) -> bool + Send + Sync + 'static,
    {
        Self {
            decide: Arc::new(move |auth, _| policy(auth)),
            needs_data: false,
            #[cfg(feature = "contract")]
            callers: "policy",
        }
    }

    /// Whom it admits, in a word for the contract.
    #[cfg(feature = "contract")]
    pub(super) fn callers(&self) -> &'static str {
        self.callers
    }

    /// # Errors
    /// `data` as a [`Value`] would exceed the call's memory budget.
    pub(super) fn allows(
        &self,
        auth: Option<&AuthData>,
        data: &Document,
    ) -> Result<bool, DataError> {
        let value = if self.needs_data { data.fit()? } else { Value::Null };
        Ok((self.decide)(auth, &value))
    }
}

/// The types of the closures that the functions below return. These policies do not look at `data`.
fn caller_policies() -> [TypeId; 2] {
    [signed_in().type_id(), with_claim(String::new(), None).type_id()]
}

/// Admits any signed-in caller. For [`auth_policy`](super::Callable::auth_policy).
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::signed_in());
/// ```
pub fn signed_in() -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    |auth, _| auth.is_some()
}

/// Admits callers whose token has this claim with any value, even `false`.
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::has_claim("editor"));
/// ```
pub fn has_claim(
    claim: impl Into<String>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    with_claim(claim.into(), None)
}

/// Admits callers whose token has this claim with exactly this value.
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::has_claim_value("role", "editor"));
/// ```
pub fn has_claim_value(
    claim: impl Into<String>,
    value: impl Into<Value>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    with_claim(claim.into(), Some(value.into()))
}

fn with_claim(
    name: String,
    value: Option<Value>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    move |auth, _| {
        let claim = auth.and_then(|auth| auth.claims().get(&name));
        claim.is_some_and(|claim| value.as_ref().is_none_or(|value| claim == value))
    }
}
