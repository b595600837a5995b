//! {{ names }}: several callables in one binary.

{{ modules }}

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        Ok(setup.callables([
            {{ callables }}
        ])?)
    })
}
