//! The code that `docs/handlers.md` shows, which is compiled and run here.

mod validation;
