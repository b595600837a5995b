//! What several fuzz targets need: JSON read strictly, and values compared as JavaScript compares them.

mod json;

pub use json::{depth, names, parse, same, strict};
