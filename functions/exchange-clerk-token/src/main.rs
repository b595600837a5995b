//! `exchangeClerkToken`: one callable, one binary.

mod handler;

use firebase_callable_clerk::{BearerForm, ClerkSessions};

fn main() -> std::process::ExitCode {
    shared::run_service(|setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        let sessions = ClerkSessions::from_setup(setup)?;
        let exchange = handler::Exchange::new(sessions, setup.custom_tokens()?);
        let callable = setup.callable(handler::callable(exchange))?;
        Ok(BearerForm::new(callable, "clerkToken"))
    })
}
