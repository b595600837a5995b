//! Settings of the host for all of its callables. A callable's own options take precedence.

use crate::protocol::{CorsOrigins, envelope::MAX_BODY_BYTES};

pub(crate) struct HostDefaults {
    /// The callable's name in the log.
    pub(crate) name: String,
    /// The origins for a callable without the option `cors`.
    pub(crate) allowed_origins: Option<CorsOrigins>,
    /// The longest body that is read.
    pub(crate) max_body_bytes: usize,
}

impl Default for HostDefaults {
    fn default() -> Self {
        Self { name: String::new(), allowed_origins: None, max_body_bytes: MAX_BODY_BYTES }
    }
}
