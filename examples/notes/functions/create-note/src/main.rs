//! `createNote`: stores a note.

mod handler;

use firebase_callable_guards::Guards;
use notes::Table;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let (notes, guards) = (Table::open(setup).await?, Guards::from_setup(setup).await?);
        let callable = handler::callable(notes, &guards);
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
