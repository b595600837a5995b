//! Signing as a service account, and custom tokens signed that way.

use std::{sync::Arc, time::Duration};

use shared::{
    Redacted,
    clock::Clock,
    fetched::within,
    net::{BoxFuture, SendError},
};

use crate::{CustomToken, GoogleError, jws};

/// Signs as one service account: with its key, or by a request to Google.
pub trait Signer: Send + Sync + 'static {
    /// The account's e-mail address, which becomes the issuer of signed tokens.
    fn email(&self) -> &str;

    /// The `alg` of a token's header.
    fn algorithm(&self) -> &'static str {
        "RS256"
    }

    /// Whether `signature` has the length of a signature by the account's key: an RSA signature is as long as its
    /// key, and Google's keys have 2048, 3072 or 4096 bits. A signature of another length is not put into a token.
    fn fits(&self, signature: &[u8]) -> bool {
        [2048, 3072, 4096].contains(&(signature.len() * 8))
    }

    /// The signature over `message`.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>>;
}

/// Returns the current signer: credentials may be rotated while a process runs.
pub trait Signers: Send + Sync + 'static {
    /// The signer of the current credentials.
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>>;
}

/// A signer whose credentials are never rotated returns itself.
impl<S: Signer + Clone> Signers for S {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(Arc::new(self.clone()) as Arc<dyn Signer>) })
    }
}

/// The time limit for signing. If nothing is cached, it covers reading the credentials, an access token and the
/// signature, one after the other.
const SIGNING: Duration = Duration::from_secs(5);

/// Signs custom tokens. A client signs in as the user that its custom token names, so code with access to this value
/// can impersonate any user.
#[derive(Debug, Clone)]
pub struct CustomTokens {
    signers: Redacted<Arc<dyn Signers>>,
    clock: Arc<dyn Clock>,
}

impl CustomTokens {
    /// Signs with the current signer of `signers`; `clock` tells the time at which a token is issued.
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
    /// The credentials cannot be read, or the token was not signed within five seconds.
    pub async fn sign(&self, token: &CustomToken) -> Result<String, GoogleError> {
        let signing = async {
            let signer = self.signers.0.signer().await?;
            let now = self.clock.unix_seconds();
            let input = token.signing_input(signer.email(), signer.algorithm(), now);
            let signature = signer.sign(input.as_bytes()).await?;
            if !signer.fits(&signature) {
                return Err(GoogleError::Answer);
            }
            Ok(jws::with_signature(input, &signature))
        };
        within(SIGNING, signing).await.unwrap_or(Err(SendError::Timeout.into()))
    }
}
