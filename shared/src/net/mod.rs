//! Outgoing HTTPS: where to, and one request at a time. Whoever calls decides what to send and what
//! an answer means.

mod failure;
mod https;
mod resolver;
mod roots;
mod url;

#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin};

pub use failure::{Distrust, SendError};
pub use https::{Https, Limits};
pub use roots::{Authorities, AuthoritiesError};
pub use url::{ServiceUrl, UrlError};

/// A future behind a pointer, for traits that are used as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
