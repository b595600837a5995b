//! The options of a callable and their defaults.
//!
//! To add one: a field and its default here; a method of `Callable` with a doc example, in `options/access.rs` if it is
//! about callers, otherwise in `options/answers.rs`; its effect, in the step of the pipeline (`service.rs`) that it
//! changes; and a test.

mod access;
mod answers;

use std::{sync::Arc, time::Duration};

#[cfg(feature = "contract")]
use super::contract::{Contract, Types};
#[cfg(not(feature = "contract"))]
use super::no_contract::Types;
use super::{
    guard::Guard, policy::Policy, revocation_check::RevocationCheck, sources::AppCheckConsumer,
};
use crate::{
    protocol::{CorsOrigins, cors},
    token::TenantPolicy,
};

/// A call gets DEADLINE_EXCEEDED this long before the platform's deadline.
pub(super) const DEFAULT_DEADLINE_MARGIN: Duration = Duration::from_millis(500);

/// How long a stream may be silent. Proxies close a silent connection after about a minute.
const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(30);

pub(crate) struct Options {
    pub(crate) cors: Option<CorsOrigins>,
    pub(super) cors_max_age: Duration,
    pub(super) deadline_margin: Duration,
    pub(super) keep_alive: Option<Duration>,
    pub(crate) enforce_app_check: bool,
    pub(super) app_check_consumer: Option<Arc<dyn AppCheckConsumer>>,
    pub(super) revocation: Option<RevocationCheck>,
    pub(crate) ignore_id_token: bool,
    pub(super) no_store: bool,
    pub(crate) require_allowed_origins: bool,
    pub(super) data_budget: Option<usize>,
    pub(super) metrics: Option<String>,
    pub(super) policy: Option<Policy>,
    /// Asked in this order. Empty once the service is built.
    pub(super) guards: Vec<Box<dyn Guard>>,
    pub(super) tenants: TenantPolicy,
    /// Empty in builds without the feature `contract`.
    pub(super) types: Types,
    /// Always `None` in builds without the feature `emulator`.
    pub(crate) auth_emulator: Option<EmulatorProjects>,
}

/// For which Firebase projects a callable accepts tokens of the Auth emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmulatorProjects {
    /// Only projects whose id begins with `demo-`: by Firebase's convention these do not exist in production.
    DemoOnly,
    /// Any project. Its production tokens are still refused, because they are signed: with the emulator, only unsigned
    /// tokens are accepted.
    Any,
}

#[cfg(feature = "contract")]
impl Options {
    /// What clients need to know of the callable.
    pub(crate) fn contract(&self) -> Contract {
        let callers = self.policy.as_ref().map_or("anyone", Policy::callers);
        Contract::new(&self.types, callers, self.enforce_app_check)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cors: None,
            cors_max_age: cors::DEFAULT_MAX_AGE,
            deadline_margin: DEFAULT_DEADLINE_MARGIN,
            keep_alive: Some(DEFAULT_KEEP_ALIVE),
            enforce_app_check: false,
            app_check_consumer: None,
            revocation: None,
            ignore_id_token: false,
            no_store: false,
            require_allowed_origins: false,
            data_budget: None,
            metrics: None,
            policy: None,
            guards: Vec::new(),
            tenants: TenantPolicy::any(),
            types: Types::default(),
            auth_emulator: None,
        }
    }
}
