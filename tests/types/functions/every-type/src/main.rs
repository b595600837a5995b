//! `everyType`: one callable, one binary.

mod handler;
mod types;

fn main() -> std::process::ExitCode {
    shared::run(handler::callable())
}
