//! `cargo callable`: makes, runs, builds, deploys and checks a project of callables.
//!
//! One command is one module. What several need is below them: [`workspace`] (the project and its functions),
//! [`tools`] (programs that are installed for the project) and [`failure`] (a sentence that ends the command).

mod add;
mod architecture;
mod build;
mod clients;
mod contract;
mod deploy;
mod deploy_check;
mod doctor;
mod failure;
mod function;
mod init;
mod internet;
mod remove;
mod routes;
mod run;
mod source;
mod template;
mod terminal;
mod tools;
mod types;
mod upgrade;
mod workspace;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Outcome;

/// Firebase callable functions in Rust on AWS Lambda.
#[derive(Parser)]
#[command(name = "cargo callable", bin_name = "cargo callable", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new project in a folder
    Init(init::Args),
    /// Add a function to the project
    Add(add::Args),
    /// Remove a function from the project
    Remove(remove::Args),
    /// Run everything on this machine: the Auth emulator, all functions and a page that calls them
    Run(run::Args),
    /// Write the types of all callables for TypeScript, Swift, Kotlin and Dart
    Types(types::Args),
    /// Build the functions for Lambda, into target/lambda/
    Build(build::Args),
    /// Print the whole SAM template of the project
    Template(template::Args),
    /// Deploy the project with AWS SAM
    Deploy(deploy::Args),
    /// Check a deployed address with the protocol of the Firebase SDKs
    DeployCheck(deploy_check::Args),
    /// List the functions and their routes
    Routes(routes::Args),
    /// List the tools that are needed, and the line that installs each missing one
    Doctor(doctor::Args),
    /// Move the project to the version of this tool
    Upgrade(upgrade::Args),
    /// Ends what a local run has started, if that is killed
    #[command(hide = true)]
    GuardLocalRun(run::guard::Args),
}

fn main() -> ExitCode {
    match run(words(std::env::args_os())) {
        Ok(code) => code,
        Err(failure) => {
            // Nobody may be listening.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

/// The command line without the word that cargo adds: `cargo callable run` starts `cargo-callable callable run`.
fn words(all: impl IntoIterator<Item = std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    let mut words: Vec<_> = all.into_iter().collect();
    if words.get(1).is_some_and(|word| word == "callable") {
        words.remove(1);
    }
    words
}

fn run(words: Vec<std::ffi::OsString>) -> Outcome<ExitCode> {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Remove(args) => remove::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Types(args) => types::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Template(args) => template::run(&args),
        Command::Deploy(args) => deploy::run(&args),
        Command::DeployCheck(args) => deploy_check::run(&args),
        Command::Routes(args) => routes::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Upgrade(args) => upgrade::run(&args),
        Command::GuardLocalRun(args) => run::guard::run(&args),
    }
}
