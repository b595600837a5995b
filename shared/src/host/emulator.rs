//! The Auth emulator as one value, which replaces the verifier of ID tokens. Unsigned tokens are accepted only if the
//! program accepts the emulator and `FIREBASE_AUTH_EMULATOR_HOST` names it. With only one of the two, every token is
//! verified as in production.
//!
//! In the host, the feature `emulator` changes the behaviour of this file only, and adds `Setup::accept_auth_emulator`.

use super::{config::Config, error::StartError};
use crate::{
    callable::{EmulatorProjects, IdTokenVerifier},
    net::ServiceUrl,
    token::EmulatorIdTokenRules,
};

/// The local Auth emulator whose unsigned tokens are accepted. In builds without the feature `emulator`, a value of
/// this type cannot exist, because it contains [`EmulatorIdTokenRules`], of which such a build has no value.
#[derive(Debug, Clone)]
pub struct AuthEmulator {
    base_url: ServiceUrl,
    rules: EmulatorIdTokenRules,
}

impl AuthEmulator {
    /// The URL at which the emulator listens.
    #[must_use]
    pub fn base_url(&self) -> ServiceUrl {
        self.base_url.clone()
    }

    /// A verifier that accepts the emulator's unsigned tokens and rejects signed tokens.
    pub(super) fn id_tokens(&self) -> IdTokenVerifier {
        IdTokenVerifier::Emulator(self.rules.clone())
    }

    /// Always `None` in this build, even if the variable is set; `Setup::callable` logs that it is ignored.
    #[cfg(not(feature = "emulator"))]
    pub(super) fn of(_: &Config, _: EmulatorProjects) -> Result<Option<Self>, StartError> {
        Ok(None)
    }

    /// The emulator that `FIREBASE_AUTH_EMULATOR_HOST` names, for a program that accepts tokens of `projects`.
    ///
    /// # Errors
    /// The process runs on the real Lambda, the host is public, or the project may be a real one.
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
