//! The two opt-ins to the Auth emulator, in builds that have it: the program's and the variable's.
//! With one of them, production mode.

use super::{
    config::StartError,
    setup::{AuthEmulator, Setup},
};
use crate::{
    callable::EmulatorProjects,
    token::{EmulatorHost, emulator},
};

const HOST: &str = "FIREBASE_AUTH_EMULATOR_HOST";

impl Setup {
    /// Accepts the unsigned tokens of the Auth emulator that `FIREBASE_AUTH_EMULATOR_HOST` names, if it
    /// names one. Callables say it by [`crate::Callable::accept_auth_emulator`].
    ///
    /// # Errors
    /// On the real Lambda, for a public host, or for a project that may be a real one.
    pub fn accept_auth_emulator(&self, projects: EmulatorProjects) -> Result<(), StartError> {
        let config = self.config();
        let Some(host) = &config.auth_emulator_host else {
            return Ok(());
        };
        if self.emulator.get().is_some() {
            return Ok(());
        }
        if config.on_real_lambda {
            return Err(StartError::new(
                HOST,
                "is set on Lambda, in a build that accepts unsigned tokens: deploy a build without \
                 the feature `emulator`",
            ));
        }
        let host = EmulatorHost::parse(host)
            .map_err(|error| StartError::new(HOST, format_args!("cannot be used: {error}")))?;
        if projects == EmulatorProjects::DemoOnly && !emulator::is_demo_project(&config.project_id)
        {
            return Err(StartError::new(
                "FIREBASE_PROJECT_ID",
                "does not begin with demo-: with the Auth emulator, use a project id like \
                 demo-app, which exists nowhere else",
            ));
        }
        let marker = emulator::MARKER;
        tracing::warn!(%host, marker, "accepting unsigned tokens of the Auth emulator");
        let _ = self.emulator.set(AuthEmulator(host));
        Ok(())
    }
}
