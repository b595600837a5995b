//! The suite against the built binaries: Lambda, plain HTTP, and the shape of the tree.
