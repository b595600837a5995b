//! `cargo callable run`: everything on this machine, until Ctrl-C. The Auth emulator, all functions behind one port, a
//! page that calls them, and what the project asks for beside them.
//!
//! | file | concept |
//! |---|---|
//! | `settings`, `ports`, `environment` | what a person can choose |
//! | `process`, `guard` | programs that are started, and that none is left |
//! | `sources`, `look`, `build` | what a function is built from, what has changed, and building it |
//! | `project`, `renew`, `instance` | which process serves a function, and the change to the next one |
//! | `front`, `answer`, `client` | calls on their way to a function and back |
//! | `auth`, `aws` and `data`, `companions` | the services beside the functions |
//! | `contracts`, `types` | the contracts without a local run, and the files of the clients' types during one |
//! | `page` | the page |
//! | `serve` | all of it, in its order |

mod answer;
mod auth;
mod aws;
mod build;
mod client;
mod companions;
pub(crate) mod contracts;
mod data;
mod environment;
mod front;
pub(crate) mod guard;
mod instance;
mod look;
mod page;
mod ports;
mod process;
mod project;
mod renew;
mod serve;
mod settings;
mod sources;
mod types;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use self::ports::Choice;
use self::process::Processes;
use self::settings::Settings;
use crate::failure::{Failure, Outcome};
use crate::tools::{node, rust};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port of the functions; else the variable PORT, else 9000
    #[arg(long)]
    port: Option<String>,
    /// The port of the Auth emulator; else the variable AUTH_PORT, else 9099
    #[arg(long)]
    auth_port: Option<String>,
    /// The port of the page; else the variable PAGE_PORT, else 5000
    #[arg(long)]
    page_port: Option<String>,
    /// Without the Auth emulator and so without Node.js: for functions that nobody signs in to
    #[arg(long)]
    no_auth: bool,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let prepared = Prepared::new(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The local run does not start: {error}")))?;
    let ended = runtime.block_on(until_stopped(prepared));
    runtime.shutdown_background(); // a look at the sources may be under way
    ended
}

/// All that is checked before anything starts.
struct Prepared {
    workspace: Workspace,
    settings: Settings,
    front: TcpListener,
    page: TcpListener,
    /// The port of the emulator and the program node.
    auth: Option<(u16, PathBuf)>,
}

impl Prepared {
    fn new(args: &Args) -> Outcome<Self> {
        let variable = |name| std::env::var(name).ok();
        let of = |option: &Option<String>, name| option.clone().or_else(|| variable(name));
        let texts = [
            of(&args.port, "PORT"),
            of(&args.auth_port, "AUTH_PORT"),
            of(&args.page_port, "PAGE_PORT"),
        ];
        let [port, auth, page] = texts.each_ref().map(Option::as_deref);
        let [port, auth_port, page_port] = ports::parse(&[
            Choice { variable: "PORT", option: "--port", usual: 9000, text: port },
            Choice { variable: "AUTH_PORT", option: "--auth-port", usual: 9099, text: auth },
            Choice { variable: "PAGE_PORT", option: "--page-port", usual: 5000, text: page },
        ])?;
        let workspace = Workspace::current()?;
        rust::check(&workspace.root)?;
        let settings = Settings::parse(&workspace.settings, &workspace.root)?;
        let front = ports::listen(port, "--port")?;
        let page = ports::listen(page_port, "--page-port")?;
        let auth = if args.no_auth {
            None
        } else {
            drop(ports::listen(auth_port, "--auth-port")?);
            Some((auth_port, node::node()?))
        };
        Ok(Self { workspace, settings, front, page, auth })
    }
}

/// Runs until the person at the terminal or the system ends it, or something that is needed fails. Then nothing that was
/// started is left.
async fn until_stopped(prepared: Prepared) -> Outcome<ExitCode> {
    let no_signals = |error| Failure::new(format!("Signals cannot be awaited: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(no_signals)?;
    let copies = serve::copies_below(&prepared.workspace.target, serve::port_of(&prepared.front)?);
    let processes = Processes::new()?;
    let ended = tokio::select! {
        failure = serve::serve(prepared, processes.clone()) => failure.map(|()| ExitCode::SUCCESS),
        _ = terminate.recv() => Ok(ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::SUCCESS),
        _ = hang_up.recv() => Ok(ExitCode::SUCCESS),
    };
    processes.stop_all().await;
    let _ = std::fs::remove_dir_all(copies); // what is left is removed by the next run on this port
    ended
}
