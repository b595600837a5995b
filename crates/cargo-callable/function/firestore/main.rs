//! `{{ name }}`: one callable, one binary.

mod handler;

use firebase_callable_google::firestore::Firestore;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        Ok(handler::callable(Firestore::from_setup(setup)?))
    })
}
