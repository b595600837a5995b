//! Logs the entries of a key set that are not used, once per change.

use tracing::{info, warn};

use crate::token::KeySet;

/// Logs the entries that were left out of `now`, unless the same were left out of `before`. A warning if
/// one of them may be needed.
pub(super) fn report_left_out(key_set: &str, before: Option<&KeySet>, now: &KeySet) {
    let left_out = now.left_out();
    if left_out.is_empty() || before.is_some_and(|before| before.left_out() == left_out) {
        return;
    }
    let used = now.len();
    if left_out.is_expected() {
        info!(key_set, used, %left_out, "keys for another use");
    } else {
        warn!(key_set, used, %left_out, "keys not usable");
    }
}
