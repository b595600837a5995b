//! `{{ name }}`: one callable, one binary.

mod handler;
mod table;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let callable = handler::callable(table::Table::open(setup).await?);
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
