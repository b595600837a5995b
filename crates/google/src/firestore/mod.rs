//! Cloud Firestore **as the caller**: requests to Firestore's REST interface with the caller's own ID token. Firestore
//! applies the Security Rules of the project as if the app had sent the request itself, and no service account exists
//! that could do more.
//!
//! ```no_run
//! use firebase_callable_google::firestore::{CollectionPath, Firestore};
//! use serde::{Deserialize, Serialize};
//! use shared::{Callable, CallableRequest, HttpsError};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Note { text: String, likes: i64 }
//!
//! async fn read_note(firestore: Firestore, request: CallableRequest<String>) -> Result<Note, HttpsError> {
//!     let path = CollectionPath::new("notes")?.document(&request.data)?;
//!     let notes = firestore.as_caller(request.require_auth()?);
//!     let note = notes.get::<Note>(&path).await?.ok_or_else(|| HttpsError::not_found("no such note"))?;
//!     Ok(note.data)
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run_with(async |setup| {
//!         let firestore = Firestore::from_setup(setup)?;
//!         Ok(Callable::new(move |request| read_note(firestore.clone(), request)))
//!     })
//! }
//! ```
//!
//! `?` turns a [`FirestoreError`] into the code that the client should see: PERMISSION_DENIED if the rules refuse the
//! caller, INVALID_ARGUMENT for an id that cannot be one, UNAVAILABLE while Firestore is down. Firestore's own text
//! never reaches the client.
//!
//! | Rust | Firestore | notes |
//! |---|---|---|
//! | `bool`, `String`, `char` | boolean, string | |
//! | `i8` … `i64`, `u8` … `u64` | integer | exact; a `u64` above `i64::MAX` is refused |
//! | `f32`, `f64` | double | NaN and infinities too; reads integers as well, as JavaScript stores `5.0` as 5 |
//! | `Option`, `()` | null | `skip_serializing_if` leaves a field out instead |
//! | `Vec`, tuples | array | Firestore refuses an array directly inside an array |
//! | structs, maps | map | enums as in serde_json: `"Draft"` or `{"Sent": …}` |
//! | [`Timestamp`], [`Bytes`], [`Reference`], [`GeoPoint`] | the type of that name | in JSON: a string; a map of two numbers |
//!
//! With the feature `firestore`, `Google::firestore` also gives the crate `firestore` (gRPC, transactions, listeners), as
//! the service account, which no Security Rule applies to.
//!
//! **In tests**, let [`Firestore::at`] point to a [`MockServer`](https://docs.rs/firebase-callable) of the test kit,
//! which sees exactly the requests that Firestore would see; or give the handler a trait of your own, such as `Notes`,
//! with one implementation on this client and one in memory. In a local run with the Auth emulator, requests go to the
//! Firestore emulator that `FIRESTORE_EMULATOR_HOST` names, which also applies rules.

mod answer;
mod as_caller;
#[cfg(feature = "firestore")]
pub(crate) mod as_service_account;
pub(crate) mod client;
mod commit;
mod document;
mod error;
mod field_path;
mod path;
mod query;
mod read_value;
mod special;
mod value;
mod write_value;

#[cfg(test)]
mod tests;

pub use as_caller::AsCaller;
#[cfg(feature = "firestore")]
pub use as_service_account::AsServiceAccount;
pub use client::Firestore;
pub use commit::Write;
pub use document::{Document, Page};
pub use error::FirestoreError;
pub use path::{CollectionPath, DocumentPath};
pub use query::{Compare, Direction, Query};
pub use special::{Bytes, GeoPoint, Reference, Timestamp};
