//! `askAssistant`: relays the answer of a language model while it is written.

mod handler;
mod model;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let callable = handler::callable(model::Model::open(setup)?);
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
