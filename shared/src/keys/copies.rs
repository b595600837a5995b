//! Where a key set can be had beside its issuer.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use super::{baked::BakedKeys, fetch::FetchError};
use crate::net::BoxFuture;

/// Where a key set can be had beside its issuer. By default nowhere.
#[derive(Clone, Default)]
pub struct Copies {
    /// Used until the first fetch has ended.
    pub baked: Option<Arc<BakedKeys>>,
    /// Asked before the issuer.
    pub mirror: Option<Arc<dyn Mirror>>,
}

impl fmt::Debug for Copies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (baked, mirror) = (self.baked.is_some(), self.mirror.is_some());
        f.debug_struct("Copies").field("baked", &baked).field("mirror", &mirror).finish()
    }
}

/// A place that keeps copies of key sets up to date, such as a bucket that a scheduled function writes.
pub trait Mirror: Send + Sync + 'static {
    /// Reads the copy of the set with this [name](super::CacheSettings::key_set). Implementations must limit its size
    /// and the time.
    fn read<'a>(&'a self, key_set: &'a str) -> BoxFuture<'a, Result<Bytes, FetchError>>;
}

/// Where the keys come from that a token was verified with.
///
/// ```
/// assert_eq!(shared::keys::KeyOrigin::Baked.name(), "baked");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// The function's own package.
    Baked,
    /// The mirror.
    Mirror,
    /// The issuer of the tokens.
    Issuer,
}

impl KeyOrigin {
    /// The name in the log and in metrics. It never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Baked => "baked",
            Self::Mirror => "mirror",
            Self::Issuer => "issuer",
        }
    }
}
