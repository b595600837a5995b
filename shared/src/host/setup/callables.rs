//! Several callables in one process: each with its own options and name, all with the same key sets.

use super::{Setup, StartError};
use crate::callable::{Callable, Callables};

impl Setup {
    /// Several callables as one service, each under its name: what [`run_all`](crate::run_all) serves. For a start that
    /// awaits, or that gives the callables a state which they share.
    ///
    /// Each callable answers as it would in a program of its own: its options apply to it alone, and `function` in its
    /// log records is its name. The key sets are fetched once for all. Two options count for the whole process: with
    /// `accept_auth_emulator` on one of them, all accept the emulator; and `CALLABLE_RESPONSE_MODE=stream` is needed if
    /// one of them streams.
    ///
    /// ```no_run
    /// use std::sync::{Arc, Mutex, PoisonError};
    /// use shared::{Callable, CallableRequest, HttpsError};
    ///
    /// type Notes = Arc<Mutex<Vec<String>>>;
    ///
    /// async fn add_note(notes: Notes, request: CallableRequest<String>) -> Result<usize, HttpsError> {
    ///     let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    ///     notes.push(request.data);
    ///     Ok(notes.len())
    /// }
    ///
    /// async fn count_notes(notes: Notes, _: CallableRequest<()>) -> Result<usize, HttpsError> {
    ///     Ok(notes.lock().unwrap_or_else(PoisonError::into_inner).len())
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     shared::run_with(async |setup| {
    ///         let notes = Notes::default();
    ///         Ok(setup.callables([
    ///             ("addNote", Callable::with(notes.clone(), add_note)),
    ///             ("countNotes", Callable::with(notes, count_notes)),
    ///         ])?)
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// The list is empty, a name is there twice or cannot be the last part of a URL (a letter, then letters, digits,
    /// `_` and `-`, 63 characters at most), or an option of a callable needs a variable that is missing or cannot be
    /// used.
    pub fn callables(
        &self,
        named: impl IntoIterator<Item = (impl Into<String>, Callable)>,
    ) -> Result<Callables, StartError> {
        let named: Vec<(String, Callable)> =
            named.into_iter().map(|(name, callable)| (name.into(), callable)).collect();
        // Before any of them is made, so that their order does not matter.
        for projects in named.iter().filter_map(|(_, callable)| callable.options.auth_emulator) {
            self.use_auth_emulator(projects)?;
        }
        let services = named.into_iter().map(|(name, callable)| {
            #[cfg(feature = "contract")]
            self.contracts.borrow_mut().push(callable.options.contract().named(&name));
            Ok((name.clone(), self.service(callable, name)?))
        });
        let services = services.collect::<Result<Vec<_>, StartError>>()?;
        Callables::new(services, self.clock(), self.host_defaults(self.config.name()))
            .map_err(|problem| StartError::new("The callables'", problem))
    }
}
