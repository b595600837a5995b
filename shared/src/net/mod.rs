//! Outgoing HTTPS requests. The caller decides what to send and interprets the answer.

mod connector;
mod failure;
mod https;
mod kept;
mod resolver;
mod roots;
mod tls;
mod url;

#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin};

pub use failure::{Distrust, SendError};
pub use https::{Https, Limits};
pub use kept::KeptHttps;
pub(crate) use roots::Authorities;
pub use tls::config as tls_config;
pub use url::{ServiceUrl, UrlError};

/// A boxed future, for traits that are used as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
