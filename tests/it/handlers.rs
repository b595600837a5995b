//! The code that `docs/handlers.md` shows is compiled and run here, or in `tests/examples/handlers_*.rs`, whose programs
//! are started here.

mod firestore;
mod notes;
mod payments;
mod uploads;
mod validation;
