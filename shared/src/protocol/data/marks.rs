//! Marks the few places of the text that are not read literally: 64-bit wrappers and repeated members.

use super::{
    budget::Budget,
    read_error::Result,
    scan::{past_colon, string},
    text::Raw,
};

/// P10: a member of this name is dropped.
pub(super) const PROTO: &str = "__proto__";

/// The marks of one text, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Positions of the objects that are wrappers.
    pub(super) wrappers: Vec<u32>,
    /// Members whose name occurs more than once in their object.
    pub(super) repeated: Vec<Repeated>,
    /// Whether one of the wrappers contains no number, or has an unknown `@type`.
    pub(super) has_bad_wrapper: bool,
}

impl Marks {
    /// The memory of the marks, in bytes.
    pub(super) fn size(&self) -> usize {
        self.wrappers.capacity() * size_of::<u32>()
            + self.repeated.capacity() * size_of::<Repeated>()
    }

    pub(super) fn is_wrapper(&self, at: usize) -> bool {
        !self.wrappers.is_empty()
            && u32::try_from(at).is_ok_and(|at| self.wrappers.binary_search(&at).is_ok())
    }

    /// The mark of the member whose name is at this position.
    pub(super) fn repeated(&self, name: usize) -> Option<Repeated> {
        if self.repeated.is_empty() {
            return None;
        }
        let name = u32::try_from(name).ok()?;
        let found = self.repeated.binary_search_by_key(&name, |repeated| repeated.name);
        self.repeated.get(found.ok()?).copied()
    }
}

/// P10: if a name is repeated, the last value counts, at the place of the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeated {
    /// The position of the member's name.
    pub(super) name: u32,
    /// The position of the value to read here; 0 if the member is to be skipped.
    pub(super) value: u32,
    /// The position of the next name, or of the closing bracket.
    pub(super) next: u32,
}

/// The name of a member of an object that is not closed yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    at: u32,
    /// A hash of the name: equal for equal names, and rarely equal for others.
    digest: u32,
}

impl Name {
    pub(super) fn new(at: usize, name: Raw<'_>) -> Self {
        let digest = match name.has_escapes {
            true => digest(name.resolved()),
            false => digest(name.bytes.iter().copied()),
        };
        Self { at: position(at), digest }
    }
}

/// Marks the names that occur more than once in an object. `end` is the position of the object's closing bracket.
pub(super) fn mark_repeated(
    text: &[u8],
    names: &[Name],
    end: usize,
    marks: &mut Vec<Repeated>,
    budget: &Budget,
) -> Result<()> {
    /// Up to this many names are compared pairwise; more are sorted.
    const FEW: usize = 12;
    if names.len() <= FEW {
        let mut later = names;
        let mut distinct = true;
        while let Some((name, rest)) = later.split_first() {
            distinct &= rest.iter().all(|other| other.digest != name.digest);
            later = rest;
        }
        if distinct {
            return Ok(());
        }
    }
    budget.take(names.len().saturating_mul(size_of::<u32>()))?;
    let mut order: Vec<u32> = (0..position(names.len())).collect();
    let of = |index: &u32| names.get(*index as usize).copied().unwrap_or_default();
    let name = |index: &u32| string(text, of(index).at as usize);
    let resolved = |index: &u32| name(index).0.resolved();
    order.sort_unstable_by_key(|index| (of(index).digest, *index));
    for alike in order.chunk_by_mut(|one, other| of(one).digest == of(other).digest) {
        // Equal digests usually mean equal names, which need no second sort. Different names rarely collide.
        let (Some(one), true) = (alike.first(), alike.len() > 1) else {
            continue;
        };
        if !alike.iter().all(|other| resolved(one).eq(resolved(other))) {
            alike.sort_unstable_by(|one, other| {
                resolved(one).cmp(resolved(other)).then(one.cmp(other))
            });
        }
        for same in alike.chunk_by(|one, other| resolved(one).eq(resolved(other))) {
            let (Some(last), true) = (same.last(), same.len() > 1) else {
                continue;
            };
            let mut counts = position(past_colon(text, name(last).1));
            for index in same {
                let next = names.get(*index as usize + 1);
                let repeated = Repeated {
                    name: of(index).at,
                    value: std::mem::take(&mut counts),
                    next: next.map_or_else(|| position(end), |next| next.at),
                };
                put(marks, repeated, budget)?;
            }
        }
    }
    Ok(())
}

/// FNV-1a, 32 bits.
fn digest(name: impl Iterator<Item = u8>) -> u32 {
    name.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Appends to a list. If the list must grow, the budget is charged first.
pub(super) fn put<T>(list: &mut Vec<T>, item: T, budget: &Budget) -> Result<()> {
    if list.len() == list.capacity() {
        budget.take_block(list.len().max(4).saturating_mul(size_of::<T>()))?;
    }
    list.push(item);
    Ok(())
}

/// A position in four bytes: the text is shorter than 4 GiB.
pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
