//! Many callables on one plain HTTP port, with the same names as in tests/parity/reference.mjs, so that both servers
//! get the same requests. For tests only.
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a program for tests")]

mod callables;

use callables::callables;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tests::serve_by_name(callables(), [], 0).await;
}
