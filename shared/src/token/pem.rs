//! A key in PEM form (RFC 7468): exactly one block, and nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Longer than any key: one of 8192 bits with its private half takes 9 KiB.
const MAX_BYTES: usize = 32 << 10;

/// The label of the one block in `text`, and what it holds. White space around and within it does not count:
/// where a variable is set, line breaks often become spaces, or the two characters `\n`. `None` for anything
/// before or behind the block, for a second one, and for base64 that is not canonical.
#[must_use]
pub fn single_block(text: &str) -> Option<(String, Vec<u8>)> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let inner = text.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    let (label, inner) = inner.split_once("-----")?;
    let base64 = inner.strip_suffix(label)?.strip_suffix("-----END ")?;
    // The alphabet has no hyphen: a second block fails here.
    let base64: String = base64.split_ascii_whitespace().collect();
    Some((label.to_owned(), STANDARD.decode(base64).ok()?))
}
