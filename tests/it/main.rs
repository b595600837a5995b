//! Tests of the built binaries, over Lambda's Runtime API and over plain HTTP, and of the structure of the repository.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod auth_emulator;
mod aws;
mod builds;
mod connections;
mod deploy_check;
mod failures;
mod faults;
mod floors;
mod grammars;
mod guard_table;
mod guards;
mod handlers;
mod key_sources;
mod lambda;
mod log_values;
mod made;
mod memory;
mod packages;
mod plain_http;
mod plain_streams;
mod private_authority;
mod refusals;
mod reverse_proxy;
mod secrets;
mod several;
mod soak;
mod starts;
mod supply_chain;
mod support;
mod tree;
mod web_function;
