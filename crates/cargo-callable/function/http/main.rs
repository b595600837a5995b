//! `{{ name }}`: one callable, one binary.

mod handler;
mod service;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let callable = handler::callable(service::Remote::open(setup)?);
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
