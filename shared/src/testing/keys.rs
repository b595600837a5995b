//! RSA keys made at run time, and tokens signed with them: good ones, and any that can be written.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// One signing key of a pretended issuer. Clones share it.
#[derive(Clone)]
pub struct TestKeys {
    kid: String,
    pair: Arc<RsaKeyPair>,
}

impl TestKeys {
    /// A key of 2048 bits, made once per process: making one takes a while.
    #[must_use]
    pub fn shared() -> Self {
        static KEYS: OnceLock<TestKeys> = OnceLock::new();
        KEYS.get_or_init(|| Self::fresh("test-key")).clone()
    }

    /// Another key, under this id.
    #[must_use]
    pub fn fresh(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Self { kid: kid.to_owned(), pair: Arc::new(pair) }
    }

    /// The id under which the key set has this key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn pair(&self) -> &RsaKeyPair {
        &self.pair
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid,
            "n": text(public.modulus().big_endian_without_leading_zero()),
            "e": text(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A JWK set of this key alone, as a key endpoint serves it.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// Signs any two texts as header and payload, however wrong.
    #[must_use]
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, payload)
    }

    /// Signs with another RSA algorithm than the right one.
    #[must_use]
    pub fn sign_with(
        &self,
        algorithm: &'static dyn RsaEncoding,
        header: &str,
        payload: &str,
    ) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(algorithm, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A Firebase ID token of `uid` in `project`, issued at `now` (seconds since 1970).
    #[must_use]
    pub fn id_token(&self, project: &str, uid: &str, now: i64) -> TokenBuilder {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let claims = json!({
            "iss": format!("https://securetoken.google.com/{project}"),
            "aud": project, "auth_time": now, "user_id": uid, "sub": uid,
            "iat": now, "exp": now + 3600,
            "firebase": { "identities": {}, "sign_in_provider": "custom" },
        });
        TokenBuilder { keys: self.clone(), header: object(header), claims: object(claims) }
    }
}

impl TestKeys {
    /// An App Check token of an app in `project`, issued at `now` (seconds since 1970).
    #[must_use]
    pub fn app_check_token(
        &self,
        project: &str,
        number: &str,
        app_id: &str,
        now: i64,
    ) -> TokenBuilder {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let claims = json!({
            "iss": format!("https://firebaseappcheck.googleapis.com/{number}"),
            "aud": [format!("projects/{number}"), format!("projects/{project}")],
            "sub": app_id, "iat": now, "exp": now + 3600,
        });
        TokenBuilder { keys: self.clone(), header: object(header), claims: object(claims) }
    }
}

impl TestKeys {
    /// A token of another issuer: any JSON objects as header and claims.
    #[must_use]
    pub fn token(&self, header: Value, claims: Value) -> TokenBuilder {
        TokenBuilder { keys: self.clone(), header: object(header), claims: object(claims) }
    }
}

/// A token about to be signed.
#[derive(Clone)]
pub struct TokenBuilder {
    keys: TestKeys,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl TokenBuilder {
    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a member of the header out.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// The payload as text, to be changed where the claims cannot say it.
    #[must_use]
    pub fn payload(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }

    /// The header as text.
    #[must_use]
    pub fn header_text(&self) -> String {
        Value::Object(self.header.clone()).to_string()
    }

    /// The signed token.
    #[must_use]
    pub fn sign(&self) -> String {
        self.keys.sign(&self.header_text(), &self.payload())
    }

    /// The token with this text as its signature, right or wrong.
    #[must_use]
    pub fn with_signature(&self, signature: &str) -> String {
        unsigned(&self.header_text(), &self.payload()) + signature
    }

    /// The same claims as the Auth emulator would issue them: not signed.
    #[must_use]
    pub fn unsigned(&self) -> String {
        unsigned(r#"{"alg":"none","typ":"JWT"}"#, &self.payload())
    }
}

/// Any two texts as a token with an empty signature.
#[must_use]
pub fn unsigned(header: &str, payload: &str) -> String {
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
