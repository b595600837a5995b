//! Who signs in a service account's name, and custom tokens signed so.

use std::{sync::Arc, time::Duration};

use super::{call::GoogleError, service_account::ServiceAccountKey};
use crate::{
    Redacted,
    clock::Clock,
    fetched::within,
    net::{BoxFuture, SendError},
    token::{CustomToken, jws},
};

/// Signs as one service account: with its key, or by asking Google to.
pub trait Signer: Send + Sync + 'static {
    /// The account's e-mail address: the issuer of what is signed.
    fn email(&self) -> &str;

    /// The algorithm as tokens name it.
    fn algorithm(&self) -> &'static str {
        "RS256"
    }

    /// Whether this can be a signature of the account's key: an RSA signature is as long as its key, and
    /// Google's keys have 2048, 3072 or 4096 bits. Anything else is never put into a token.
    fn fits(&self, signature: &[u8]) -> bool {
        [2048, 3072, 4096].contains(&(signature.len() * 8))
    }

    /// The signature over `message`.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>>;
}

/// Who signs now: credentials change while a process lives.
pub trait Signers: Send + Sync + 'static {
    /// The signer of the current credentials.
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>>;
}

impl Signer for ServiceAccountKey {
    fn email(&self) -> &str {
        Self::email(self)
    }

    fn fits(&self, signature: &[u8]) -> bool {
        signature.len() == self.signature_bytes()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>> {
        Box::pin(async { Self::sign(self, message).ok_or(GoogleError::Answer) })
    }
}

impl Signers for ServiceAccountKey {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(Arc::new(self.clone()) as Arc<dyn Signer>) })
    }
}

/// Signs nothing, as the Auth emulator expects of its custom tokens.
/// Source: firebase/firebase-admin-node `src/auth/token-generator.ts`, `EmulatedSigner`.
#[cfg(any(test, feature = "emulator"))]
#[derive(Debug, Clone, Copy)]
pub struct EmulatorSigner;

#[cfg(any(test, feature = "emulator"))]
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

#[cfg(any(test, feature = "emulator"))]
impl Signers for EmulatorSigner {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(Arc::new(*self) as Arc<dyn Signer>) })
    }
}

/// Enough for credentials, an access token and a signature, fetched one after the other when none is
/// cached.
const SIGNING: Duration = Duration::from_secs(5);

/// Signs custom tokens, with which a client signs in as any user that is named in one: whoever holds
/// this decides who is who.
#[derive(Debug, Clone)]
pub struct CustomTokens {
    signers: Redacted<Arc<dyn Signers>>,
    clock: Arc<dyn Clock>,
}

impl CustomTokens {
    /// Tokens signed by `signers` at times that `clock` tells.
    #[must_use]
    pub fn new(signers: Arc<dyn Signers>, clock: Arc<dyn Clock>) -> Self {
        Self { signers: Redacted(signers), clock }
    }

    /// The token for `signInWithCustomToken`. A credential: keep it out of logs.
    ///
    /// # Errors
    /// There is nobody to sign at the moment.
    pub async fn sign(&self, token: &CustomToken) -> Result<String, GoogleError> {
        let signed = within(SIGNING, self.sign_in_time(token)).await;
        signed.unwrap_or(Err(SendError::Timeout.into()))
    }

    async fn sign_in_time(&self, token: &CustomToken) -> Result<String, GoogleError> {
        let signer = self.signers.0.signer().await?;
        let now = self.clock.unix_seconds();
        let input = token.signing_input(signer.email(), signer.algorithm(), now);
        let signature = signer.sign(input.as_bytes()).await?;
        if !signer.fits(&signature) {
            return Err(GoogleError::Answer);
        }
        Ok(jws::with_signature(input, &signature))
    }
}
