//! RSA keys that are generated at run time, and tokens signed with them, valid or not.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The signing key of an issuer of tokens. Clones share the key.
#[derive(Clone)]
pub struct TestKeys {
    kid: String,
    pair: Arc<RsaKeyPair>,
}

impl TestKeys {
    /// A key of 2048 bits, the same in the whole process, because generating one takes a long time.
    #[must_use]
    pub fn shared() -> Self {
        static KEYS: OnceLock<TestKeys> = OnceLock::new();
        KEYS.get_or_init(|| Self::fresh("test-key")).clone()
    }

    /// A new key with this id.
    #[must_use]
    pub fn fresh(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Self { kid: kid.to_owned(), pair: Arc::new(pair) }
    }

    /// The key's id in a key set.
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

    /// A JWK set with only this key, as a key endpoint serves it.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// Signs any two texts as header and payload. Neither has to be valid.
    #[must_use]
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, payload)
    }

    /// Signs with this RSA algorithm. Only tokens signed with RS256 are valid.
    #[must_use]
    pub fn sign_with(
        &self,
        algorithm: &'static dyn RsaEncoding,
        header: &str,
        payload: &str,
    ) -> String {
        let unsigned = unsigned(header, payload);
        let message = unsigned.trim_end_matches('.').as_bytes();
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(algorithm, &SystemRandom::new(), message, &mut signature)
            .expect("a signature");
        unsigned + &URL_SAFE_NO_PAD.encode(signature)
    }

    /// A Firebase ID token of `uid` in `project`, issued at `now` (seconds since 1970).
    pub fn id_token(&self, project: &str, uid: &str, now: i64) -> TokenBuilder {
        let claims = json!({
            "iss": format!("https://securetoken.google.com/{project}"),
            "aud": project, "auth_time": now, "user_id": uid, "sub": uid,
            "iat": now, "exp": now + 3600,
            "firebase": { "identities": {}, "sign_in_provider": "custom" },
        });
        self.token(self.header(), claims)
    }

    /// An App Check token of an app in `project`, issued at `now` (seconds since 1970).
    pub fn app_check_token(
        &self,
        project: &str,
        number: &str,
        app_id: &str,
        now: i64,
    ) -> TokenBuilder {
        let claims = json!({
            "iss": format!("https://firebaseappcheck.googleapis.com/{number}"),
            "aud": [format!("projects/{number}"), format!("projects/{project}")],
            "sub": app_id, "iat": now, "exp": now + 3600,
        });
        self.token(self.header(), claims)
    }

    /// A token of another issuer: any JSON objects as header and claims.
    pub fn token(&self, header: Value, claims: Value) -> TokenBuilder {
        TokenBuilder { keys: self.clone(), header, claims }
    }

    fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" })
    }
}

/// A token that is not signed yet.
///
/// ```
/// use shared::testing::{NOW, PROJECT, TestKeys};
///
/// let token = TestKeys::shared().id_token(PROJECT, "ada", NOW);
/// let admin = token.clone().claim("admin", true).header("kid", "another").without("email");
/// assert_ne!(admin.sign(), token.sign());
/// ```
#[derive(Clone)]
#[must_use]
pub struct TokenBuilder {
    keys: TestKeys,
    header: Value,
    claims: Value,
}

impl TokenBuilder {
    /// Sets a claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().expect("an object").remove(name);
        self
    }

    /// Sets a member of the header.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// Removes a member of the header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().expect("an object").remove(name);
        self
    }

    /// The payload as text, for tests that change it in ways that [`claim`](Self::claim) cannot express.
    #[must_use]
    pub fn payload(&self) -> String {
        self.claims.to_string()
    }

    /// The header as text.
    #[must_use]
    pub fn header_text(&self) -> String {
        self.header.to_string()
    }

    /// The signed token.
    #[must_use]
    pub fn sign(&self) -> String {
        self.keys.sign(&self.header_text(), &self.payload())
    }

    /// The token with this text in place of its signature.
    #[must_use]
    pub fn with_signature(&self, signature: &str) -> String {
        unsigned(&self.header_text(), &self.payload()) + signature
    }

    /// The unsigned token that the Auth emulator would issue with these claims.
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
