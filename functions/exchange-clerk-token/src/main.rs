//! `exchangeClerkToken`: one callable, one binary.

mod handler;

use firebase_callable_clerk::{BearerForm, ClerkSessions};
use firebase_callable_google::Google;
use shared::host::StartError;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        let (sessions, google) =
            StartError::all((ClerkSessions::from_setup(setup), Google::from_setup(setup)))?;
        let exchange = handler::Exchange::new(sessions, google.custom_tokens());
        let callable = setup.callable(handler::callable(exchange))?;
        Ok(BearerForm::new(callable, "clerkToken"))
    })
}
