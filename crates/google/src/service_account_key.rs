//! A service account's private key, as Google Cloud issues it. It signs tokens, and Google exchanges an assertion
//! signed with it for an access token. Source: googleapis/google-auth-library-python
//! `google/oauth2/service_account.py`.

use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Map, Value, json};
use shared::{
    Redacted,
    net::{BoxFuture, ServiceUrl},
    token::{PublicKey, PublicKeyError, is_one_der_sequence, single_pem_block},
};

use crate::{
    GoogleError, Signer,
    access_token::{Grant, Granted, granted},
    call,
    credentials_document::{CredentialsError, members, text},
    jws,
    scopes::Scopes,
};

const GRANT_TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
const LIFETIME: i64 = 3600;

/// A service account's key. Clones share it.
#[derive(Debug, Clone)]
pub struct ServiceAccountKey(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    email: String,
    project_id: String,
    kid: Redacted<String>,
    token_url: ServiceUrl,
    pair: Redacted<RsaKeyPair>,
}

impl ServiceAccountKey {
    /// Reads the JSON file that the Google Cloud console creates. The key must be RSA, 2048 to
    /// 8192 bits, in PKCS#8 or PKCS#1; its line breaks may be escaped twice. Signs once, to check that the key works.
    ///
    /// ```
    /// use firebase_callable_google::ServiceAccountKey;
    ///
    /// let error = ServiceAccountKey::from_json("[]").unwrap_err();
    /// assert_eq!(error.to_string(), "it is not a JSON object");
    /// ```
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn from_json(document: &str) -> Result<Self, CredentialsError> {
        Self::from_members(&members(document)?)
    }

    pub(crate) fn from_members(members: &Map<String, Value>) -> Result<Self, CredentialsError> {
        if text(members, "type")? != "service_account" {
            return Err(CredentialsError::new("type", "is not service_account"));
        }
        let token_url = ServiceUrl::parse(text(members, "token_uri")?)
            .map_err(|_| CredentialsError::new("token_uri", "is not an https URL"))?;
        let key = Self(Arc::new(Inner {
            email: text(members, "client_email")?.to_owned(),
            project_id: text(members, "project_id")?.to_owned(),
            kid: Redacted(text(members, "private_key_id")?.to_owned()),
            pair: Redacted(key_pair(text(members, "private_key")?)?),
            token_url,
        }));
        key.check()?;
        Ok(key)
    }

    /// Checks that the public key is within the limits of all public keys, and that it verifies a signature of the
    /// private key.
    fn check(&self) -> Result<(), CredentialsError> {
        let public = self.0.pair.0.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let public = PublicKey::from_modulus_and_exponent(
            n.big_endian_without_leading_zero(),
            e.big_endian_without_leading_zero(),
        );
        let public = public.map_err(|error| match error {
            PublicKeyError::Exponent => unfit("has an exponent below 65537 or above 33 bits"),
            _ => unfit(NO_RSA_KEY),
        })?;
        let message = b"does it sign?";
        match self.signature(message) {
            Some(signature) if public.verifies(message, &signature) => Ok(()),
            _ => Err(unfit("is a key that does not sign")),
        }
    }

    /// The project that the account belongs to.
    pub(crate) fn project_id(&self) -> &str {
        &self.0.project_id
    }

    /// The exchange of this key for an access token, by the scopes of the token.
    pub(crate) fn grants(&self) -> impl Fn(Scopes) -> KeyGrant + use<> {
        let key = self.clone();
        move |scopes| KeyGrant { key: key.clone(), scopes }
    }

    /// RSASSA-PKCS1-v1_5 SHA-256 over `message`.
    fn signature(&self, message: &[u8]) -> Option<Vec<u8>> {
        let pair = &self.0.pair.0;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }

    /// The signed JWT that Google exchanges for an access token.
    fn assertion(&self, scopes: &Scopes, now: i64) -> Option<String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.0.kid.0 });
        let token_url = self.0.token_url.to_string();
        let claims = json!({
            "iss": self.0.email, "aud": token_url, "scope": scopes.joined(), "iat": now,
            "exp": now + LIFETIME,
        });
        let input = jws::signing_input(&header, &claims);
        let signature = self.signature(input.as_bytes())?;
        Some(jws::with_signature(input, &signature))
    }
}

/// The exchange of an assertion for an access token with these scopes.
pub(crate) struct KeyGrant {
    key: ServiceAccountKey,
    scopes: Scopes,
}

impl Grant for KeyGrant {
    fn grant(&self, now: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async move {
            let assertion = self.key.assertion(&self.scopes, now).ok_or(GoogleError::Answer)?;
            let form = format!("grant_type={GRANT_TYPE}&assertion={assertion}");
            granted(&call::post_form(&self.key.0.token_url, form).await?)
        })
    }
}

impl Signer for ServiceAccountKey {
    fn email(&self) -> &str {
        &self.0.email
    }

    fn fits(&self, signature: &[u8]) -> bool {
        signature.len() == self.0.pair.0.public_modulus_len()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>> {
        Box::pin(async { self.signature(message).ok_or(GoogleError::Answer) })
    }
}

const NO_PEM: &str = "is not exactly one PEM block of a private key";
const NO_RSA_KEY: &str = "is not an RSA key of 2048 to 8192 bits";

fn unfit(problem: &str) -> CredentialsError {
    CredentialsError::new("private_key", problem)
}

fn key_pair(pem: &str) -> Result<RsaKeyPair, CredentialsError> {
    let (label, der) = single_pem_block(pem).ok_or_else(|| unfit(NO_PEM))?;
    if label == "EC PRIVATE KEY" {
        return Err(unfit("is not an RSA key"));
    }
    if !is_one_der_sequence(&der) {
        return Err(unfit(NO_RSA_KEY));
    }
    let pair = match label.as_str() {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
        _ => return Err(unfit(NO_PEM)),
    };
    pair.map_err(|_| unfit(NO_RSA_KEY))
}
