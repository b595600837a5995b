//! Reads a key in PEM form (RFC 7468).

use base64::{Engine, engine::general_purpose::STANDARD};

/// Reject longer texts: a private key of 8192 bits takes 6.3 KiB.
const MAX_BYTES: usize = 32 << 10;

/// The label and the bytes of the only PEM block in `text`. White space around and inside the block is ignored: in an
/// environment variable, line breaks often become spaces or the two characters `\n`. `None` if there is other text, a
/// second block, or base64 that is not canonical.
///
/// ```
/// let text = "-----BEGIN NOTE-----\nAQID\n-----END NOTE-----\n";
/// assert_eq!(shared::token::single_pem_block(text), Some(("NOTE".to_owned(), vec![1, 2, 3])));
/// ```
#[must_use]
pub fn single_pem_block(text: &str) -> Option<(String, Vec<u8>)> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let inner = text.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    let (label, inner) = inner.split_once("-----")?;
    let base64 = inner.strip_suffix(label)?.strip_suffix("-----END ")?;
    // Base64 has no hyphen: a second block fails to decode.
    let base64: String = base64.split_ascii_whitespace().collect();
    Some((label.to_owned(), STANDARD.decode(base64).ok()?))
}
