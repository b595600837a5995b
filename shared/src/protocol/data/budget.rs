//! Limits the memory that one `data` may take. The memory is counted while the value is built, and an allocation that
//! would exceed the limit is refused before it is made. The count is close to what the allocator reserves: it includes
//! a vector's unused capacity, and no block is smaller than the allocator's smallest.

use std::cell::Cell;

use super::read_error::{ReadError, Result};

/// The allocator's smallest block, in bytes.
const SMALLEST_BLOCK: usize = 32;
/// The allocator's overhead per block, in bytes.
const BLOCK_HEADER: usize = 16;

/// The bytes that a call may still take; `None` once the budget was exceeded. It stays `None`, because a type may
/// ignore the error and continue.
#[derive(Debug)]
pub(super) struct Budget(Cell<Option<usize>>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Cell::new(Some(bytes)))
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.0.get().is_none()
    }

    pub(super) fn take(&self, bytes: usize) -> Result<()> {
        let left = self.0.get().and_then(|left| left.checked_sub(bytes));
        self.0.set(left);
        if left.is_some() { Ok(()) } else { Err(ReadError::over_budget()) }
    }

    /// Charges one block of the allocator, with its overhead. 0 bytes need no block.
    pub(super) fn take_block(&self, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        self.take(bytes.saturating_add(BLOCK_HEADER).max(SMALLEST_BLOCK))
    }
}

/// How a collection grows while items are put into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// How many items the first allocation holds.
    first: usize,
    /// Bytes per item in addition to the item itself.
    overhead: usize,
    /// The memory in use while it grows, in halves of its new capacity. Three for a hash table, whose old table exists
    /// until the new one is filled, and for a tree, whose nodes may be half full. Two for a vector: the unused part of
    /// its new block is never touched.
    halves: usize,
    /// Whether it is a hash table, which grows as soon as it is seven eighths full.
    is_table: bool,
    items: usize,
    room: usize,
}

impl Growth {
    /// A vector: four items, then twice as many whenever it is full.
    const VECTOR: Self =
        Self { first: 4, overhead: 0, halves: 2, is_table: false, items: 0, room: 0 };
    /// A hash table, with its control bytes and its empty eighth.
    const HASH_TABLE: Self = Self { overhead: 4, halves: 3, is_table: true, ..Self::VECTOR };
    /// serde_json's ordered map: a hash per member, and a table of positions.
    const ORDERED_MAP: Self = Self { overhead: 24, ..Self::HASH_TABLE };
    /// A B-tree, whose smallest node has room for eleven.
    const TREE: Self = Self { first: 11, overhead: 8, halves: 3, ..Self::VECTOR };
    /// A linked list: a block per item, with two links.
    const LINKED: Self = Self { first: 1, overhead: 40, ..Self::VECTOR };

    /// How a list of the type with this name grows. The count is an estimate: an unknown type counts as a vector, the
    /// smallest form of a list.
    pub(super) fn of_list(name: &str) -> Self {
        Self::by_name(name, Self::VECTOR)
    }

    /// How a map of the type with this name grows. An unknown type counts as serde_json's ordered map.
    pub(super) fn of_map(name: &str) -> Self {
        let is_in_vector = is_buffer(name) || is_tag_and_buffer(name);
        Self::by_name(name, if is_in_vector { Self::VECTOR } else { Self::ORDERED_MAP })
    }

    fn by_name(name: &str, unknown: Self) -> Self {
        if name.starts_with("alloc::collections::btree") {
            Self::TREE
        } else if name.starts_with("alloc::collections::linked_list") {
            Self::LINKED
        } else if name.starts_with("std::collections::hash") {
            Self::HASH_TABLE
        } else {
            unknown
        }
    }

    /// Counts one more item of this size.
    pub(super) fn take_one(&mut self, budget: &Budget, size: usize) -> Result<()> {
        let empty = if self.is_table { self.room.div_ceil(8) } else { 0 };
        if self.items == self.room - empty && size > 0 {
            let room = self.room.saturating_mul(2).max(self.first);
            let bytes = (room - self.room).saturating_mul(size.saturating_add(self.overhead));
            if self.room == 0 {
                budget.take_block(bytes)?;
            } else {
                budget.take(bytes.saturating_mul(self.halves) / 2)?;
            }
            self.room = room;
        }
        self.items += 1;
        Ok(())
    }
}

/// Whether this is the name of the type in which serde buffers a value (`tag`, `untagged`, `flatten`). If serde renames
/// it, errors lose the end of their path, and the budget is charged for more than is built. An author's own type may be
/// called `content::Content`, too: the crate's name counts.
pub(super) fn is_buffer(type_name: &str) -> bool {
    // Compilers differ on whether the lifetime is part of the name.
    let name = type_name.strip_suffix("<'_>").unwrap_or(type_name);
    name.starts_with("serde") && name.ends_with("::content::Content")
}

/// Whether this is the name of the pair that serde builds for `#[serde(tag = …)]`: the tag, and a buffer of the other
/// members.
pub(super) fn is_tag_and_buffer(type_name: &str) -> bool {
    let pair = type_name.strip_suffix(')').and_then(|pair| pair.rsplit_once(", "));
    pair.is_some_and(|(_, second)| is_buffer(second))
}
