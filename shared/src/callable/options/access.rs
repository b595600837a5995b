//! Options about callers: which tokens are accepted, and who may call.

use std::sync::Arc;

use serde_json::Value;

#[cfg(feature = "emulator")]
use super::EmulatorProjects;
use crate::{
    callable::{
        builder::Callable,
        guard::Guard,
        policy::Policy,
        revocation_check::RevocationCheck,
        sources::{AppCheckConsumer, RevocationSource},
    },
    token::{AuthData, TenantPolicy},
};

impl Callable {
    /// Whether a call without a valid App Check token gets UNAUTHENTICATED. Default: no; the handler then runs with
    /// `request.app` set to `None`.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.enforce_app_check(true);
    /// ```
    #[must_use]
    pub fn enforce_app_check(mut self, on: bool) -> Self {
        self.options.enforce_app_check = on;
        self
    }

    /// Protects against replay: marks each App Check token as used through `consumer`. The handler reads from
    /// [`already_consumed`](crate::AppCheckData::already_consumed) whether it was used before. Costs one request by the
    /// consumer per call. Default: tokens are not marked.
    ///
    /// If the consumer fails, the call gets UNAVAILABLE if App Check is enforced; otherwise the token counts as
    /// missing.
    ///
    /// ```
    /// # use shared::callable::{AppCheckConsumer, Callable};
    /// # fn with(callable: Callable, consumer: impl AppCheckConsumer) -> Callable {
    /// let callable = callable.enforce_app_check(true).consume_app_check_token(consumer);
    /// # callable
    /// # }
    /// ```
    #[must_use]
    pub fn consume_app_check_token(mut self, consumer: impl AppCheckConsumer) -> Self {
        self.options.app_check_consumer = Some(Arc::new(consumer));
        self
    }

    /// Asks `guard` as the last step before the handler: it may refuse the call, or answer in place of the handler. Several
    /// guards are asked in the order in which they are added. Default: none. The crate `firebase-callable-guards` has
    /// guards for calls that must run once, and for limits.
    ///
    /// ```
    /// # use shared::callable::{Callable, Guard};
    /// # fn with(callable: Callable, guard: impl Guard) -> Callable {
    /// let callable = callable.guard(guard);
    /// # callable
    /// # }
    /// ```
    #[must_use]
    pub fn guard(mut self, guard: impl Guard) -> Self {
        self.options.guards.push(Box::new(guard));
        self
    }

    /// Asks `source` about each signed-in caller. The call gets UNAUTHENTICATED if the sign-in was revoked or the user
    /// is disabled or deleted, UNAVAILABLE if the source fails. Default: a token is accepted until it expires, at most
    /// for an hour.
    ///
    /// ```
    /// # use shared::callable::{Callable, RevocationSource};
    /// # fn with(callable: Callable, source: impl RevocationSource) -> Callable {
    /// let callable = callable.check_revoked(source);
    /// # callable
    /// # }
    /// ```
    #[must_use]
    pub fn check_revoked(self, source: impl RevocationSource) -> Self {
        self.with_revocation(source, true)
    }

    /// Like [`check_revoked`](Self::check_revoked), but if the source fails, the call continues, with a warning in the
    /// log.
    ///
    /// ```
    /// # use shared::callable::{Callable, RevocationSource};
    /// # fn with(callable: Callable, source: impl RevocationSource) -> Callable {
    /// let callable = callable.check_revoked_unless_unavailable(source);
    /// # callable
    /// # }
    /// ```
    #[must_use]
    pub fn check_revoked_unless_unavailable(self, source: impl RevocationSource) -> Self {
        self.with_revocation(source, false)
    }

    fn with_revocation(mut self, source: impl RevocationSource, requires_answer: bool) -> Self {
        let source = Arc::new(source);
        self.options.revocation = Some(RevocationCheck { source, requires_answer });
        self
    }

    /// Whether the `Authorization` header is ignored: every caller counts as signed out, and an invalid ID token is not
    /// an error. For a callable that signs users in: client SDKs attach the previous ID token automatically, and the
    /// call must not fail if that token has expired. Default: no.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.ignore_id_token(true);
    /// ```
    #[must_use]
    pub fn ignore_id_token(mut self, on: bool) -> Self {
        self.options.ignore_id_token = on;
        self
    }

    /// The Identity Platform tenants whose users may call; other users get UNAUTHENTICATED. Default: any.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.tenants(shared::TenantPolicy::one_of(["tenant-1"]));
    /// ```
    #[must_use]
    pub fn tenants(mut self, tenants: TenantPolicy) -> Self {
        self.options.tenants = tenants;
        self
    }

    /// Decides from the caller and the decoded `data` who may call, before the handler runs: a refused caller gets
    /// PERMISSION_DENIED. Default: everybody may call. For [`signed_in`](crate::signed_in),
    /// [`has_claim`](crate::has_claim) and [`has_claim_value`](crate::has_claim_value), `data` is not decoded; for any
    /// other closure it is decoded into a [`Value`], within the [budget](Self::data_budget). If the closure does not
    /// look at the data, use [`caller_policy`](Self::caller_policy).
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.auth_policy(|auth, data| auth.is_some() && data.is_null());
    /// ```
    #[must_use]
    pub fn auth_policy(
        mut self,
        policy: impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.policy = Some(Policy::new(policy));
        self
    }

    /// Decides from the caller alone who may call: like [`auth_policy`](Self::auth_policy), which it replaces, but
    /// before `data` is decoded. Default: everybody may call.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// let callable = callable.caller_policy(|auth| auth.is_some_and(|auth| auth.email_verified()));
    /// ```
    #[must_use]
    pub fn caller_policy(
        mut self,
        policy: impl Fn(Option<&AuthData>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.policy = Some(Policy::of_caller(policy));
        self
    }

    /// Accepts the unsigned tokens of the Auth emulator, but only if the variable `FIREBASE_AUTH_EMULATOR_HOST` is also
    /// set. On Lambda, a process with both refuses to start. Exists only in builds with the feature `emulator`.
    ///
    /// ```
    /// # let callable = shared::Callable::new(async |_: shared::CallableRequest<()>| Ok::<_, shared::HttpsError>(()));
    /// use shared::EmulatorProjects;
    ///
    /// let callable = callable.accept_auth_emulator(EmulatorProjects::DemoOnly);
    /// ```
    #[cfg(feature = "emulator")]
    #[must_use]
    pub fn accept_auth_emulator(mut self, projects: EmulatorProjects) -> Self {
        self.options.auth_emulator = Some(projects);
        self
    }
}
