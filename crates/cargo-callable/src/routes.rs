//! `cargo callable routes`: the functions of the project, for people and for other deployment tools.

use std::process::ExitCode;

use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::function::Function;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON, with what a deployment needs to know of each function
    #[arg(long)]
    json: bool,
}

/// What a deployment needs to know of a function.
#[derive(Serialize)]
struct Route<'a> {
    /// The public name, or the folder's in camel case if the program has several callables.
    name: &'a str,
    /// The public names of its callables.
    names: &'a [String],
    folder: &'a str,
    kind: &'static str,
    /// Whether the front must invoke it with response streaming, and set `CALLABLE_RESPONSE_MODE=stream`.
    stream: bool,
    /// Every method of these paths goes to the function.
    paths: Vec<String>,
    /// The program, below the project's folder or absolute, after `cargo callable build`.
    bootstrap: String,
    architecture: &'a str,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let architecture = workspace.architecture()?;
    if !args.json {
        for Function { names, folder, .. } in &workspace.functions {
            for name in names {
                say!("/{name:<40} functions/{folder}");
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let routes: Vec<_> = workspace
        .functions
        .iter()
        .map(|function| {
            let file = workspace.bootstrap(&function.folder);
            let below = file.strip_prefix(&workspace.root).unwrap_or(&file);
            Route {
                name: &function.name,
                names: &function.names,
                folder: &function.folder,
                kind: function.kind.name(),
                stream: function.stream,
                paths: function.routes(),
                bootstrap: below.to_string_lossy().into_owned(),
                architecture: architecture.name(),
            }
        })
        .collect();
    let text = serde_json::to_string_pretty(&routes)
        .map_err(|error| Failure::new(format!("The routes cannot be written: {error}")))?;
    say!("{text}");
    Ok(ExitCode::SUCCESS)
}
