//! Notes in memory, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{Note, Notes};

#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Note>>>);

impl Notes for Memory {
    async fn add(&self, note: Note) -> anyhow::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        Ok(())
    }

    async fn page(&self, owner: &str, before: Option<&str>, size: u8) -> anyhow::Result<Vec<Note>> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_older = |note: &&Note| before.is_none_or(|before| note.id.as_str() < before);
        let own = notes.iter().filter(|note| note.owner == owner).filter(is_older);
        let mut own: Vec<Note> = own.cloned().collect();
        own.sort_by(|one, other| other.id.cmp(&one.id));
        own.truncate(size.into());
        Ok(own)
    }
}
