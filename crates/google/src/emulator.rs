//! What stands in for Google's services where a local Auth emulator does: an access token, the address of the accounts,
//! and custom tokens without a signature. Reached only through `Setup::auth_emulator`, which has no value in builds
//! without the feature `emulator`.

use std::sync::Arc;

use shared::{host::AuthEmulator, net::BoxFuture};

use crate::{AccessToken, Accounts, GoogleError, Signer, Signers};

/// The accounts of a project, at its emulator. Source: firebase/firebase-admin-node `src/auth/auth-api-request.ts`.
pub(crate) fn accounts(emulator: &AuthEmulator, project_id: &str) -> Accounts {
    let base = emulator.base_url();
    // An address without a host is asked in vain.
    let base = base.join("/identitytoolkit.googleapis.com").unwrap_or(base);
    Accounts::at(base, project_id, Arc::new(AccessToken::new("owner")))
}

/// Signs nothing, as the Auth emulator expects of its custom tokens.
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

impl Signers for EmulatorSigner {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(Arc::new(*self) as Arc<dyn Signer>) })
    }
}
