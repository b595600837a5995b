//! Empty on purpose: the suite is `it/main.rs`, and cargo wants a target beside it.
