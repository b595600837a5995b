//! `setRole`: gives a user a role.

mod handler;

use firebase_callable_google::Google;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        Ok(handler::callable(Google::of_any_project(setup)?.accounts()))
    })
}
