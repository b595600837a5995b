//! What of a key set is not used, said once per change of it.

use tracing::{info, warn};

use crate::token::KeySet;

/// Logs what of `now` was left out, unless the same was of `before`. A warning where somebody may miss it.
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
