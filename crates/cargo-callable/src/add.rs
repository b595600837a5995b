use std::process::ExitCode;

use crate::failure::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Outcome<ExitCode> {
    Err(Failure::new("not built yet"))
}
