//! The Auth emulator as one value, which takes the place of the ID tokens' verifier. It takes two opt-ins to make one:
//! the program's and the variable's. With only one of them, every token is verified as in production.
//!
//! Only this file of the host depends on the feature `emulator`.

use self::build::Address;
use super::{config::Config, error::StartError};
use crate::{
    callable::{EmulatorProjects, IdTokenVerifier},
    net::ServiceUrl,
    token::IdTokenRules,
};

/// The local Auth emulator whose unsigned tokens are accepted. In builds without the feature `emulator`, no value of
/// this type exists.
#[derive(Debug, Clone)]
pub struct AuthEmulator(Address);

impl AuthEmulator {
    /// Where it listens.
    #[must_use]
    pub fn base_url(&self) -> ServiceUrl {
        build::base_url(&self.0)
    }

    /// Accepts its unsigned tokens that meet `rules`, and no signed ones.
    pub(super) fn id_tokens(&self, rules: IdTokenRules) -> IdTokenVerifier {
        build::id_tokens(&self.0, rules)
    }

    /// The emulator that `FIREBASE_AUTH_EMULATOR_HOST` names, for a program that accepts tokens of `projects`.
    ///
    /// # Errors
    /// On the real Lambda, for a public host, or for a project that may be a real one.
    pub(super) fn of(
        config: &Config,
        projects: EmulatorProjects,
    ) -> Result<Option<Self>, StartError> {
        Ok(build::address(config, projects)?.map(Self))
    }
}

#[cfg(feature = "emulator")]
mod build {
    use super::*;
    use crate::{
        host::variables::{AUTH_EMULATOR_HOST, PROJECT_ID},
        token::{EmulatorHost, EmulatorIdTokenRules, emulator},
    };

    pub(super) type Address = EmulatorHost;

    pub(super) fn base_url(address: &Address) -> ServiceUrl {
        ServiceUrl::of_emulator(address)
    }

    pub(super) fn id_tokens(_: &Address, rules: IdTokenRules) -> IdTokenVerifier {
        IdTokenVerifier::Emulator(EmulatorIdTokenRules::new(rules))
    }

    pub(super) fn address(
        config: &Config,
        projects: EmulatorProjects,
    ) -> Result<Option<Address>, StartError> {
        let Some(host) = &config.auth_emulator_host else {
            return Ok(None);
        };
        if config.on_real_lambda {
            return Err(StartError::new(
                AUTH_EMULATOR_HOST,
                "is set on Lambda, in a build that accepts unsigned tokens: deploy a build without \
                 the feature `emulator`",
            ));
        }
        let host = EmulatorHost::parse(host).map_err(|error| {
            StartError::new(AUTH_EMULATOR_HOST, format_args!("cannot be used: {error}"))
        })?;
        if projects == EmulatorProjects::DemoOnly && !emulator::is_demo_project(&config.project_id)
        {
            return Err(StartError::new(
                PROJECT_ID,
                "does not begin with demo-: with the Auth emulator, use a project id like \
                 demo-app, which exists nowhere else",
            ));
        }
        let marker = emulator::MARKER;
        tracing::warn!(%host, marker, "accepting unsigned tokens of the Auth emulator");
        Ok(Some(host))
    }
}

#[cfg(not(feature = "emulator"))]
mod build {
    use std::convert::Infallible;

    use super::*;

    pub(super) type Address = Infallible;

    pub(super) fn base_url(address: &Address) -> ServiceUrl {
        match *address {}
    }

    pub(super) fn id_tokens(address: &Address, _: IdTokenRules) -> IdTokenVerifier {
        match *address {}
    }

    /// There is none, whatever the variable says; `Setup` warns of a variable that is set.
    pub(super) fn address(_: &Config, _: EmulatorProjects) -> Result<Option<Address>, StartError> {
        Ok(None)
    }
}
