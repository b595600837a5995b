//! Guards of a Firebase callable: exactly once, limits, and App Check tokens that count once.
