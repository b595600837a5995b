//! The operations on documents, sent with the caller's own ID token.

mod caller;
mod reads;
mod request;
mod writes;

pub use self::caller::AsCaller;
