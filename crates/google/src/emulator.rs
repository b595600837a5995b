//! Replaces Google's services in a local run with the Auth emulator: its address, its access token, and custom tokens
//! without a signature. Used only if `Setup::auth_emulator` returns a value, which it never does in builds without the
//! feature `emulator`.

use std::sync::Arc;

use shared::{host::AuthEmulator, net::BoxFuture};

use crate::{AccessToken, Accounts, GoogleError, Signer};

/// The accounts of a project in the emulator. Source: firebase/firebase-admin-node `src/auth/auth-api-request.ts`.
pub(crate) fn accounts(emulator: &AuthEmulator, project_id: &str) -> Accounts {
    let base = emulator.base_url();
    // Joining fails only if the address has no host; every request then fails.
    let base = base.join("/identitytoolkit.googleapis.com").unwrap_or(base);
    Accounts::at(base, project_id, Arc::new(owner()))
}

/// The access token that Firebase's emulators accept as an administrator's.
pub(crate) fn owner() -> AccessToken {
    AccessToken::new("owner")
}

/// Leaves the signature empty, as the Auth emulator expects of custom tokens.
/// Source: firebase/firebase-admin-node `src/auth/token-generator.ts`, `EmulatedSigner`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EmulatorSigner;

impl Signer for EmulatorSigner {
    fn email(&self) -> &str {
        "firebase-auth-emulator@example.com"
    }

    fn algorithm(&self) -> &'static str {
        "none"
    }

    fn fits(&self, signature: &[u8]) -> bool {
        signature.is_empty()
    }

    fn sign<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
