//! {{ names }}: several callables in one binary.

{{ modules }}

fn main() -> std::process::ExitCode {
    let callables = [
        {{ callables }}
    ];
    #[cfg(feature = "emulator")]
    let callables = callables.map(|(name, callable)| {
        (name, callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly))
    });
    shared::run_all(callables)
}
