//! `clerkWebhook`: an HTTP function, not a callable; one binary.

mod event;
mod handler;
mod memory;

use std::sync::Arc;

use firebase_callable_google::Google;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        let google = Google::of_any_project(setup)?;
        let (account, accounts) = (google.service_account()?, google.accounts());
        let webhook = Arc::new(handler::Webhook::new(account, accounts, setup.clock()));
        Ok(setup.http(move |request| Arc::clone(&webhook).receive(request)))
    })
}
