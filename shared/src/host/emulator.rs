//! The Auth emulator as one value, which takes the place of the ID tokens' verifier. Unsigned tokens are accepted only
//! if both the program and `FIREBASE_AUTH_EMULATOR_HOST` ask for it. With only one of the two, every token is verified
//! as in production.
//!
//! In the host, only this file and `Setup::accept_auth_emulator` depend on the feature `emulator`.

use super::{config::Config, error::StartError};
use crate::{
    callable::{EmulatorProjects, IdTokenVerifier},
    net::ServiceUrl,
    token::EmulatorIdTokenRules,
};

/// The local Auth emulator whose unsigned tokens are accepted. In builds without the feature `emulator`, no value of
/// this type exists, because none of [`EmulatorIdTokenRules`] exists.
#[derive(Debug, Clone)]
pub struct AuthEmulator {
    base_url: ServiceUrl,
    rules: EmulatorIdTokenRules,
}

impl AuthEmulator {
    /// Where it listens.
    #[must_use]
    pub fn base_url(&self) -> ServiceUrl {
        self.base_url.clone()
    }

    /// Accepts its unsigned tokens, and no signed ones.
    pub(super) fn id_tokens(&self) -> IdTokenVerifier {
        IdTokenVerifier::Emulator(self.rules.clone())
    }

    /// Always `None` in this build, even if the variable is set; `Setup` logs that it is ignored.
    #[cfg(not(feature = "emulator"))]
    pub(super) fn of(_: &Config, _: EmulatorProjects) -> Result<Option<Self>, StartError> {
        Ok(None)
    }

    /// The emulator that `FIREBASE_AUTH_EMULATOR_HOST` names, for a program that accepts tokens of `projects`.
    ///
    /// # Errors
    /// On the real Lambda, for a public host, or for a project that may be a real one.
    #[cfg(feature = "emulator")]
    pub(super) fn of(
        config: &Config,
        projects: EmulatorProjects,
    ) -> Result<Option<Self>, StartError> {
        use super::variables::{AUTH_EMULATOR_HOST, PROJECT_ID};
        use crate::token::{EmulatorHost, IdTokenRules, emulator};

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
        let rules = EmulatorIdTokenRules::new(IdTokenRules::new(&config.project_id));
        Ok(Some(Self { base_url: ServiceUrl::of_emulator(&host), rules }))
    }
}
