//! Marks members whose name occurs more than once in their object.

use super::{
    budget::{Budget, OverBudget},
    check::{position, put},
    scan::{Raw, string, value_of},
};

/// P10: if a name is repeated, the last value counts, at the place of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeated {
    /// The position of the member's name.
    pub(super) name: u32,
    /// The position of the value to read here; 0 if the member is to be skipped.
    pub(super) value: u32,
    /// The position of the next name, or of the closing bracket.
    pub(super) next: u32,
}

/// A member of an object that is not closed yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) at: u32,
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

/// Marks those of an object's names that occur more than once. `end` is the position of its closing bracket.
pub(super) fn mark(
    text: &[u8],
    names: &[Name],
    end: usize,
    marks: &mut Vec<Repeated>,
    budget: &Budget,
) -> Result<(), OverBudget> {
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
    let of = |index: &u32| names.get(*index as usize).copied().unwrap_or(Name { at: 0, digest: 0 });
    let resolved = |index: &u32| string(text, of(index).at as usize).0.resolved();
    order.sort_unstable_by_key(|index| (of(index).digest, *index));
    for alike in order.chunk_by_mut(|one, other| of(one).digest == of(other).digest) {
        let Some((one, others)) = alike.split_first() else {
            continue;
        };
        if others.is_empty() {
            continue;
        }
        // These have the same digest: usually one name, rarely several that collide.
        if !others.iter().all(|other| resolved(one).eq(resolved(other))) {
            alike.sort_unstable_by(|one, other| {
                resolved(one).cmp(resolved(other)).then(one.cmp(other))
            });
        }
        for same in alike.chunk_by(|one, other| resolved(one).eq(resolved(other))) {
            let (Some(last), true) = (same.last(), same.len() > 1) else {
                continue;
            };
            let mut counts = position(value_of(text, of(last).at as usize));
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
