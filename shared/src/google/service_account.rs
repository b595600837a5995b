//! A service account by its key, as Google Cloud hands it out: it signs, and is granted access tokens
//! for its signature. Source: googleapis/google-auth-library-python `google/oauth2/service_account.py`.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Map, Value, json};

use super::{
    access_token::{AccessToken, Grant, Granted},
    call::{self, GoogleError},
};
use crate::{
    Redacted,
    net::{BoxFuture, Https, ServiceUrl},
    token::{PublicKey, PublicKeyError, der, jws, pem},
};

/// All that revocation, consuming and signing need.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
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
    client: Https,
}

/// Which field of a credentials document is missing or wrong. Carries nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", of_field(.field))]
pub struct CredentialsError {
    field: &'static str,
    problem: &'static str,
}

impl CredentialsError {
    pub(super) fn new(field: &'static str, problem: &'static str) -> Self {
        Self { field, problem }
    }
}

fn of_field(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("its field {field} ") }
}

impl ServiceAccountKey {
    /// Reads the JSON file that the Google Cloud console creates. The key must be RSA, 2048 to
    /// 8192 bits, in PKCS#8 or PKCS#1; line breaks may be escaped once more than JSON does. It has signed
    /// once when this returns.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn from_json(document: &str) -> Result<Self, CredentialsError> {
        Self::from_members(&members(document)?)
    }

    pub(super) fn from_members(members: &Map<String, Value>) -> Result<Self, CredentialsError> {
        if text(members, "type")? != "service_account" {
            return Err(CredentialsError::new("type", "is not service_account"));
        }
        let token_url = ServiceUrl::parse(text(members, "token_uri")?)
            .map_err(|_| CredentialsError::new("token_uri", "is no https URL"))?;
        let key = Self(Arc::new(Inner {
            email: text(members, "client_email")?.to_owned(),
            project_id: text(members, "project_id")?.to_owned(),
            kid: Redacted(text(members, "private_key_id")?.to_owned()),
            pair: Redacted(key_pair(text(members, "private_key")?)?),
            token_url,
            client: call::client(),
        }));
        key.check()?;
        Ok(key)
    }

    /// The same limits as for every public key, and the proof that the two halves belong together.
    fn check(&self) -> Result<(), CredentialsError> {
        const FIELD: &str = "private_key";
        let public = self.0.pair.0.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let public = PublicKey::from_modulus_and_exponent(
            n.big_endian_without_leading_zero(),
            e.big_endian_without_leading_zero(),
        );
        let public = public.map_err(|error| match error {
            PublicKeyError::Exponent => {
                CredentialsError::new(FIELD, "has an exponent below 65537 or above 33 bits")
            }
            _ => CredentialsError::new(FIELD, NO_RSA_KEY),
        })?;
        let message = b"does it sign?";
        match self.sign(message) {
            Some(signature) if public.verifies(message, &signature) => Ok(()),
            _ => Err(CredentialsError::new(FIELD, "is a key that does not sign")),
        }
    }

    /// How many bytes a signature has.
    pub(super) fn signature_bytes(&self) -> usize {
        self.0.pair.0.public_modulus_len()
    }

    /// The account's e-mail address: the issuer of what it signs.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.0.email
    }

    /// The project that the account belongs to.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.0.project_id
    }

    /// RSASSA-PKCS1-v1_5 SHA-256 over `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.signature_bytes()];
        let random = SystemRandom::new();
        self.0.pair.0.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
        Some(signature)
    }

    /// What is exchanged for an access token.
    fn assertion(&self, now: i64) -> Option<String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.0.kid.0 });
        let token_url = self.0.token_url.to_string();
        let claims = json!({
            "iss": self.0.email, "aud": token_url, "scope": SCOPE, "iat": now, "exp": now + LIFETIME,
        });
        let input = jws::signing_input(&header, &claims);
        let signature = self.sign(input.as_bytes())?;
        Some(jws::with_signature(input, &signature))
    }
}

impl Grant for ServiceAccountKey {
    fn grant(&self, now: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async move {
            let assertion = self.assertion(now).ok_or(GoogleError::Answer)?;
            let form = format!("grant_type={GRANT_TYPE}&assertion={assertion}");
            let url = self.0.token_url.uri().clone();
            granted(&call::post_form(&self.0.client, Some(url), form).await?)
        })
    }
}

/// An answer of an OAuth 2 token endpoint (RFC 6749 §5.1).
pub(super) fn granted(answer: &Map<String, Value>) -> Result<Granted, GoogleError> {
    let token = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let lifetime = answer.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
    match (token, lifetime) {
        (Some(token), Some(lifetime)) => Ok(Granted { token: AccessToken::new(token), lifetime }),
        _ => Err(GoogleError::Answer),
    }
}

/// The members of a credentials document.
pub(super) fn members(document: &str) -> Result<Map<String, Value>, CredentialsError> {
    match serde_json::from_str(document) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialsError::new("", "it is no JSON object")),
    }
}

pub(super) fn text<'m>(
    members: &'m Map<String, Value>,
    field: &'static str,
) -> Result<&'m str, CredentialsError> {
    match members.get(field) {
        None => Err(CredentialsError::new(field, "is missing")),
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(CredentialsError::new(field, "is no text")),
    }
}

const NO_PEM: &str = "is not exactly one PEM block of a private key";
const NO_RSA_KEY: &str = "is not an RSA key of 2048 to 8192 bits";

fn key_pair(pem: &str) -> Result<RsaKeyPair, CredentialsError> {
    let unfit = |problem| CredentialsError::new("private_key", problem);
    let (label, der) = pem::single_block(pem).ok_or_else(|| unfit(NO_PEM))?;
    if label == "EC PRIVATE KEY" {
        return Err(unfit("is not an RSA key"));
    }
    if !der::is_one_sequence(&der) {
        return Err(unfit(NO_RSA_KEY));
    }
    let pair = match label.as_str() {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
        _ => return Err(unfit(NO_PEM)),
    };
    pair.map_err(|_| unfit(NO_RSA_KEY))
}
