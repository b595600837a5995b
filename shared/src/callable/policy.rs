//! The author's own rule on who may call, checked after identity and before the handler.
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

/// Whether a caller may call with this `data`. Given untyped data, so that whoever is refused
/// learns nothing of its shape.
#[derive(Clone)]
pub(super) struct Policy {
    decide: Arc<dyn Fn(Option<&AuthData>, &Value) -> bool + Send + Sync>,
    /// Whether the policy may look at the data. If not, it is asked before any of the data is
    /// built.
    needs_data: bool,
}

impl Policy {
    pub(super) fn new<P>(policy: P) -> Self
    where
        P: Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static,
    {
        let needs_data = !of_callers().contains(&TypeId::of::<P>());
        Self { decide: Arc::new(policy), needs_data }
    }

    /// A policy that looks at the caller only.
    pub(super) fn of_caller<P>(policy: P) -> Self
    where
        P: Fn(Option<&AuthData>) -> bool + Send + Sync + 'static,
    {
        Self { decide: Arc::new(move |auth, _| policy(auth)), needs_data: false }
    }

    /// Whether the policy allows this caller.
    ///
    /// # Errors
    /// The data would take more memory than the call may use.
    pub(super) fn allows(
        &self,
        auth: Option<&AuthData>,
        data: &Document,
    ) -> Result<bool, DataError> {
        let seen = if self.needs_data { data.fit()? } else { Value::Null };
        Ok((self.decide)(auth, &seen))
    }
}

/// The policies below, by their types: none of them looks at the data.
fn of_callers() -> [TypeId; 3] {
    [
        signed_in().type_id(),
        with_claim(String::new()).type_id(),
        with_claim_value(String::new(), Value::Null).type_id(),
    ]
}

/// Any signed-in caller, whatever the `data`. For [`auth_policy`](super::Callable::auth_policy).
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::signed_in());
/// ```
pub fn signed_in() -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    |auth, _| auth.is_some()
}

/// Callers whose token has this claim, whatever its value, `false` included.
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::has_claim("editor"));
/// ```
pub fn has_claim(
    claim: impl Into<String>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    with_claim(claim.into())
}

/// Callers whose token has this claim with exactly this value.
///
/// ```
/// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
/// let callable = callable.auth_policy(shared::has_claim_value("role", "editor"));
/// ```
pub fn has_claim_value(
    claim: impl Into<String>,
    value: impl Into<Value>,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    with_claim_value(claim.into(), value.into())
}

fn with_claim(claim: String) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    move |auth, _| auth.is_some_and(|auth| auth.claims().contains_key(&claim))
}

fn with_claim_value(
    claim: String,
    value: Value,
) -> impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static {
    move |auth, _| auth.is_some_and(|auth| auth.claims().get(&claim) == Some(&value))
}
