//! Signing as a service account, and custom tokens signed that way.

use std::{sync::Arc, time::Duration};

use shared::{
    Redacted,
    clock::Clock,
    fetched::within,
    net::{BoxFuture, SendError},
};

use crate::{CustomToken, GoogleError, ServiceAccountKey, jws};

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

/// Yields the current signer: credentials may be rotated while a process runs.
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
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{CustomTokens, ServiceAccountKey};
    /// use shared::clock::SystemClock;
    ///
    /// # fn f(file: &str) -> Result<(), firebase_callable_google::CredentialsError> {
    /// let key = ServiceAccountKey::from_json(file)?;
    /// let tokens = CustomTokens::new(Arc::new(key), Arc::new(SystemClock::new()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(signers: Arc<dyn Signers>, clock: Arc<dyn Clock>) -> Self {
        Self { signers: Redacted(signers), clock }
    }

    /// The token for `signInWithCustomToken`. A credential: keep it out of logs.
    ///
    /// ```no_run
    /// # async fn f(tokens: firebase_callable_google::CustomTokens) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::CustomToken;
    ///
    /// let token = tokens.sign(&CustomToken::new("ada")?).await?;
    /// # Ok(())
    /// # }
    /// ```
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
