//! Clerk: its sessions verified, its webhooks verified. What becomes of them is the functions' affair
//! (`functions/exchange-clerk-token`, `functions/clerk-webhook`).

mod bearer_form;
mod claims;
mod sessions;
mod webhook;

pub use bearer_form::BearerForm;
pub use claims::ClerkClaim;
pub use sessions::ClerkSessions;
pub use webhook::{WebhookError, WebhookSecret};
