//! `Guards`: the table, from which each guard is made.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use firebase_callable_aws::AwsSetup;
use serde::de::DeserializeOwned;
use shared::{
    clock::Clock,
    host::{Setup, StartError},
};

use crate::{
    AppCheckTokens, IfUnreachable, Limit, Limiter, Once,
    store::{DynamoDb, Memory, Store},
};

const TABLE: &str = "GUARD_TABLE";
/// The value of [`TABLE`] for a table in memory.
const IN_MEMORY: &str = "memory";

/// The table of all guards of a function. Clones share it.
#[derive(Debug, Clone)]
pub struct Guards {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Guards {
    /// The guards on the DynamoDB table that `GUARD_TABLE` names. With the value `memory`, they are in the memory of
    /// the process: for local runs only.
    ///
    /// ```no_run
    /// use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
    /// use shared::{Callable, CallableRequest, HttpsError};
    ///
    /// async fn vote(_: CallableRequest<String>) -> Result<(), HttpsError> {
    ///     Ok(())
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     shared::run_with(async |setup| {
    ///         let guards = Guards::from_setup(setup).await?;
    ///         Ok(Callable::new(vote).guard(guards.limit(per_user(10, MINUTE), IfUnreachable::Allow)))
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// The variable is not set, or has the value `memory` on the real Lambda, where each process would have a table of
    /// its own.
    pub async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let table: String = setup
            .variable(TABLE)
            .required("the name of a DynamoDB table for guards, as in GUARD_TABLE=guards")?;
        if table != IN_MEMORY {
            return Ok(Self::on_table(&setup.aws().await, table, setup.clock()));
        }
        if setup.is_on_real_lambda() {
            let problem =
                "is memory, which is for local runs: set it to the name of a DynamoDB table";
            return Err(StartError::new(TABLE, problem));
        }
        Ok(Self::in_memory(setup.clock()))
    }

    /// The guards on this table.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use firebase_callable_aws::AwsSetup;
    /// use firebase_callable_guards::Guards;
    ///
    /// # async fn f(setup: &shared::host::Setup) {
    /// let guards = Guards::on_table(&setup.aws().await, "guards".to_owned(), setup.clock());
    /// # }
    /// ```
    #[must_use]
    pub fn on_table(aws: &SdkConfig, table: String, clock: Arc<dyn Clock>) -> Self {
        Self { store: Arc::new(DynamoDb::new(Client::new(aws), table)), clock }
    }

    /// The guards in the memory of this process: for tests.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use firebase_callable_guards::Guards;
    /// use shared::clock::SystemClock;
    ///
    /// let guards = Guards::in_memory(Arc::new(SystemClock::new()));
    /// ```
    #[must_use]
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        Self { store: Arc::new(Memory::new(Arc::clone(&clock))), clock }
    }

    #[cfg(test)]
    pub(crate) fn with(store: impl Store, clock: Arc<dyn Clock>) -> Self {
        Self { store: Arc::new(store), clock }
    }

    /// A guard by which a call with a key runs once for each user of the function. `key` takes it from `data`; the
    /// client makes a key for each intention of its user, such as a random id, and sends it again with each attempt.
    /// `None` is a call without a key, which runs each time.
    ///
    /// | a call whose key was used before | gets |
    /// |---|---|
    /// | while the first call runs | ABORTED, `details.retryAfter` in seconds |
    /// | after it has succeeded | its answer, byte for byte, for 24 hours ([`Once::keep_for`]) |
    /// | after it has failed | it runs: an error frees the key |
    /// | after it has panicked, run out of time, or lost its client | ABORTED until the first call's deadline, then it runs |
    /// | with other `data` | INVALID_ARGUMENT |
    ///
    /// So a handler that has begun something that must not happen twice, such as a payment, has to say so with a
    /// result, and not with an error. A caller who is signed out gets UNAUTHENTICATED. Costs one write before the
    /// handler and one after it.
    ///
    /// ```
    /// use firebase_callable_guards::{Guards, IfUnreachable};
    /// use serde::Deserialize;
    /// use shared::Callable;
    ///
    /// #[derive(Deserialize)]
    /// struct Payment { id: String, cents: u32 }
    ///
    /// fn guarded(callable: Callable, guards: &Guards) -> Callable {
    ///     callable.guard(guards.once(|data: &Payment| Some(data.id.clone()), IfUnreachable::Refuse))
    /// }
    /// ```
    pub fn once<T, F>(&self, key: F, if_unreachable: IfUnreachable) -> Once<T, F>
    where
        T: DeserializeOwned,
        F: Fn(&T) -> Option<String> + Send + Sync + 'static,
    {
        Once::new(key, Arc::clone(&self.store), Arc::clone(&self.clock), if_unreachable)
    }

    /// A guard that admits a number of calls in any period. Others get RESOURCE_EXHAUSTED, with `details.retryAfter` in
    /// seconds. Admitted calls count; refused ones do not. Costs one write per call, and for each caller one read in
    /// sixteen calls or so; a refused call costs one write more, or nothing if its caller was refused within the last
    /// second.
    ///
    /// ```
    /// use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
    ///
    /// # fn f(callable: shared::Callable, guards: &Guards) -> shared::Callable {
    /// callable.guard(guards.limit(per_user(60, MINUTE), IfUnreachable::Allow))
    /// # }
    /// ```
    #[must_use]
    pub fn limit(&self, limit: Limit, if_unreachable: IfUnreachable) -> Limiter {
        Limiter::new(limit, Arc::clone(&self.store), Arc::clone(&self.clock), if_unreachable)
    }

    /// Marks each App Check token as used, without a request to Google: for
    /// [`consume_app_check_token`](shared::Callable::consume_app_check_token). Of any number of calls with one token,
    /// the handler of exactly one sees `already_consumed() == Some(false)`. Costs one write per call.
    ///
    /// Only calls of functions with the same table are seen. Where other services of your project consume App Check
    /// tokens through Google, use the one of `firebase-callable-google`.
    ///
    /// ```
    /// use firebase_callable_guards::{Guards, IfUnreachable};
    ///
    /// # fn f(callable: shared::Callable, guards: &Guards) -> shared::Callable {
    /// callable.enforce_app_check(true).consume_app_check_token(guards.app_check_tokens(IfUnreachable::Refuse))
    /// # }
    /// ```
    #[must_use]
    pub fn app_check_tokens(&self, if_unreachable: IfUnreachable) -> AppCheckTokens {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        AppCheckTokens { store, clock, if_unreachable }
    }
}
