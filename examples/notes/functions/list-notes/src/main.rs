//! `listNotes`: the caller's notes, page by page.

mod handler;

use notes::Table;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let callable = handler::callable(Table::open(setup).await?);
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
