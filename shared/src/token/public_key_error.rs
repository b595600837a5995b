//! Why a key is not used.

/// Why a key is not used. The message continues a sentence that begins with "it" or the name of the key, and quotes no
/// part of the key.
///
/// ```
/// use shared::token::PublicKeyError;
///
/// assert_eq!(PublicKeyError::Type.to_string(), "is not an RSA key");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The text is not exactly one PEM block of a public key.
    #[error(
        "is not exactly one PEM block from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
    )]
    Pem,
    /// The PEM block holds something other than exactly one RSA key.
    #[error("holds something other than one RSA public key")]
    Spki,
    /// An entry of a key set is not a JSON object, or repeats a name.
    #[error("is not a JSON object with distinct names")]
    Object,
    /// The key is of another type, such as an elliptic curve key.
    #[error("is not an RSA key")]
    Type,
    /// `use` or `key_ops` do not allow verifying signatures.
    #[error("is not for verifying signatures")]
    Use,
    /// `alg` names another algorithm.
    #[error("is for an algorithm other than RS256")]
    Algorithm,
    /// The key has no id, or one that is refused in the header of a token.
    #[error("has no valid key id")]
    Id,
    /// `n` or `e` is missing, or is not base64url.
    #[error("has no n or e in base64url")]
    Number,
    /// The modulus is too short to be safe, or too long for aws-lc.
    #[error("has a modulus of {bits} bits instead of 2048 to 8192")]
    Modulus {
        /// The length of the modulus.
        bits: usize,
    },
    /// The modulus is even, so it is not the product of two odd primes.
    #[error("has an even modulus")]
    EvenModulus,
    /// The exponent is even, below 2^16 or longer than 33 bits.
    #[error("has an exponent that is even, below 65537 or above 33 bits")]
    Exponent,
    /// Another entry has the same id and a different key: there is no way to tell which one is meant.
    #[error("has the same id as an entry with a different key")]
    Ambiguous,
}

impl PublicKeyError {
    /// Whether the key is for another purpose. Many sets have such keys. False for a faulty key of the right kind.
    pub(super) fn is_for_another_use(self) -> bool {
        matches!(self, Self::Type | Self::Use | Self::Algorithm)
    }
}
