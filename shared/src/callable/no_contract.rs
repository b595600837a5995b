//! Stands for `contract.rs` in builds without the feature `contract`: keeps nothing, so that nothing of it is in the
//! binary.

use schemars::JsonSchema;

/// The types of a callable.
#[derive(Default)]
pub(crate) struct Types {}

#[expect(clippy::unused_self, reason = "the methods of contract.rs keep something")]
impl Types {
    pub(super) fn set_handler<H, In, Chunk, Out>(&mut self, _streams: bool)
    where
        In: JsonSchema,
        Chunk: JsonSchema + ?Sized,
        Out: JsonSchema,
    {
    }

    pub(super) fn set_details<T: JsonSchema>(&mut self) {}
}
