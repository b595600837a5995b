//! `clerkWebhook`: an HTTP function, not a callable; one binary.

mod event;
mod handler;
mod memory;

use std::sync::Arc;

fn main() -> std::process::ExitCode {
    shared::run_service(|setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        let (account, accounts) = (setup.service_account_of_any_project()?, setup.accounts()?);
        let webhook = Arc::new(handler::Webhook::new(account, accounts, setup.clock()));
        Ok(setup.http(move |request| Arc::clone(&webhook).receive(request)))
    })
}
