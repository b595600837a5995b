//! Settings of the host for all of its callables.

use crate::protocol::{CorsOrigins, envelope::MAX_BODY_BYTES};

/// Settings of the host for all of its callables; a callable's own options come first.
pub(crate) struct HostDefaults {
    /// The callable's name in the log.
    pub(crate) name: String,
    /// The origins for a callable that names none itself.
    pub(crate) allowed_origins: Option<CorsOrigins>,
    /// The longest body that is read.
    pub(crate) max_body_bytes: usize,
}

impl Default for HostDefaults {
    fn default() -> Self {
        Self { name: String::new(), allowed_origins: None, max_body_bytes: MAX_BODY_BYTES }
    }
}
