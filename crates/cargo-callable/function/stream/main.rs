//! `{{ name }}`: one callable, one binary.

mod handler;

fn main() -> std::process::ExitCode {
    let callable = handler::callable();
    #[cfg(feature = "emulator")]
    let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
    shared::run(callable)
}
