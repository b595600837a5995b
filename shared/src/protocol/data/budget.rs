//! Limits the memory that one `data` may take: counted while the value is built, and refused before the limit is
//! passed. The count is close to what the allocator hands out: it includes a vector's unused capacity and the
//! allocator's smallest block.

use std::cell::Cell;

use super::node::is_buffer;

/// The allocator's smallest block, and its overhead per block.
const SMALLEST_BLOCK: usize = 32;
const BLOCK_HEADER: usize = 16;

/// The bytes that a call may still take.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<usize>,
    /// Set once the budget is exceeded, and never cleared: a type may ignore the error and go on.
    exceeded: Cell<bool>,
}

/// More memory was asked for than is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("over the budget")]
pub(super) struct OverBudget;

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: Cell::new(bytes), exceeded: Cell::new(false) }
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    pub(super) fn take(&self, bytes: usize) -> Result<(), OverBudget> {
        if let Some(left) = self.left.get().checked_sub(bytes) {
            self.left.set(left);
            return Ok(());
        }
        self.left.set(0);
        self.exceeded.set(true);
        Err(OverBudget)
    }

    /// Charges one block of the allocator, with its overhead. 0 bytes need no block.
    pub(super) fn take_block(&self, bytes: usize) -> Result<(), OverBudget> {
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
    /// Bytes per item beside the item itself.
    beside: usize,
    /// The memory in use while it grows, in halves of its capacity: three where the old table still exists while the
    /// new one is filled, or where a tree's nodes are half full. Two for a vector, since the unused part of its new
    /// block is never touched.
    halves: usize,
    /// Whether it is a hash table, which grows as soon as seven eighths are full.
    is_table: bool,
    items: usize,
    room: usize,
}

impl Growth {
    /// A vector: four items, then twice as many each time.
    const VECTOR: Self = Self::starting_with(4, 0, 2, false);
    /// A hash table, with its control bytes and its empty eighth.
    const HASH_TABLE: Self = Self::starting_with(4, 4, 3, true);
    /// serde_json's ordered map: a hash per member, and a table of positions.
    const ORDERED_MAP: Self = Self::starting_with(4, 24, 3, true);
    /// A B-tree, whose smallest node has room for eleven.
    const TREE: Self = Self::starting_with(11, 8, 3, false);
    /// A block per item, with two links.
    const LINKED: Self = Self::starting_with(1, 40, 2, false);

    const fn starting_with(first: usize, beside: usize, halves: usize, is_table: bool) -> Self {
        Self { first, beside, halves, is_table, items: 0, room: 0 }
    }

    /// How a list of the type with this name grows. The name only serves an estimate: an unknown type counts as a
    /// vector, the smallest form of a list.
    pub(super) fn of_list(name: &str) -> Self {
        Self::by_name(name).unwrap_or(Self::VECTOR)
    }

    /// The same for a map. An unknown type counts as serde_json's ordered map.
    pub(super) fn of_map(name: &str) -> Self {
        // With `#[serde(tag = …)]`, serde builds a pair of the tag and its buffer.
        if is_buffer(name.strip_suffix(')').unwrap_or(name)) {
            return Self::VECTOR;
        }
        Self::by_name(name).unwrap_or(Self::ORDERED_MAP)
    }

    fn by_name(name: &str) -> Option<Self> {
        if name.starts_with("alloc::collections::btree") {
            Some(Self::TREE)
        } else if name.starts_with("alloc::collections::linked_list") {
            Some(Self::LINKED)
        } else if name.starts_with("std::collections::hash") {
            Some(Self::HASH_TABLE)
        } else {
            None
        }
    }

    /// Counts one more item of this size.
    pub(super) fn take_one(&mut self, budget: &Budget, size: usize) -> Result<(), OverBudget> {
        let empty = if self.is_table { self.room.div_ceil(8) } else { 0 };
        if self.items == self.room - empty && size > 0 {
            let room = self.room.saturating_mul(2).max(self.first);
            let bytes = (room - self.room).saturating_mul(size.saturating_add(self.beside));
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
