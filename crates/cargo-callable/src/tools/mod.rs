//! Programs that a project needs and that are not written in Rust: the ones on this machine, or pinned ones that are
//! installed below `target/callable/`.

pub(crate) mod node;
pub(crate) mod program;
pub(crate) mod python;
pub(crate) mod rust;
