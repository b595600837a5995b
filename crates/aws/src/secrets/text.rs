//! The text of a secret. Its memory is overwritten when it is dropped.

use shared::Redacted;
use zeroize::Zeroizing;

/// The text of a secret. `Debug` does not show it, and its memory is overwritten with zeros when it is dropped. The copies
/// that the AWS SDK and the TLS library made while they read it are theirs: those are only freed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretText(Redacted<Zeroizing<String>>);

impl SecretText {
    /// A text that was read elsewhere, for a [`SecretSource`](super::SecretSource) of one's own.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Redacted(Zeroizing::new(text)))
    }

    /// The text. It must not be logged or sent to a client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_overwritten_when_it_is_dropped() {
        fn is_overwritten<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let SecretText(Redacted(text)) = &SecretText::new("secret".to_owned());
        is_overwritten(text);
    }
}
