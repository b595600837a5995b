//! Notes and where they are stored: shared by the functions of this app.

mod memory;
mod table;

use std::future::Future;

use serde::{Deserialize, Serialize};

pub use memory::Memory;
pub use table::Table;

/// One note of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The user id of its owner.
    pub owner: String,
    /// Later notes of an owner have greater ids.
    pub id: String,
    pub title: String,
    pub text: String,
    pub tags: Vec<String>,
}

/// What the functions need of a database: [`Table`] in production, [`Memory`] in tests. Clones share the notes.
pub trait Notes: Clone + Send + Sync + 'static {
    /// Stores a note.
    fn add(&self, note: Note) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// At most `size` notes of `owner`, the latest first, which are older than the note `before`.
    fn page(
        &self,
        owner: &str,
        before: Option<&str>,
        size: u8,
    ) -> impl Future<Output = anyhow::Result<Vec<Note>>> + Send;
}
