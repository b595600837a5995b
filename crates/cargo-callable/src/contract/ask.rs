//! Asks a program for its contract.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use super::{Contract, docs};
use crate::failure::{Failure, Outcome};
use crate::function::Function;

/// What a program prints. Its form is that of the crate `shared` in the same version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    /// Of one of several callables in the program.
    name: Option<String>,
    handler: Option<String>,
    input: Option<Value>,
    output: Option<Value>,
    chunk: Option<Value>,
    details: Option<Value>,
    callers: String,
    app_check: bool,
}

/// Starts `program` with `--contract`: it builds its callables, prints their contracts and ends. Empty if it has no
/// callable.
///
/// # Errors
/// It does not start, prints no contract, or its callables have other names than its manifest declares.
pub(crate) async fn ask(
    function: &Function,
    program: &Path,
    environment: &[(String, String)],
    root: &Path,
    limit: Duration,
) -> Outcome<Vec<Contract>> {
    let folder = &function.folder;
    let no =
        |why: String| Failure::new(format!("functions/{folder} does not say its types: {why}"));
    let mut command = Command::new(program);
    command.arg("--contract").current_dir(root).env_clear().envs(environment.iter().cloned());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(limit, command.output()).await;
    let output = output
        .map_err(|_| no(format!("its start takes longer than {} seconds", limit.as_secs())))?
        .map_err(|error| no(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let problems: Vec<_> = text.lines().filter_map(problem).collect();
        return Err(no(match problems.as_slice() {
            [] => format!("it ended with {}", output.status),
            problems => problems.join("; "),
        }));
    }
    let line = text.lines().last().unwrap_or_default();
    let printed = read(line).map_err(|error| no(format!("it prints {line:?} ({error})")))?;
    if let Some(problem) = wrong_names(function, &printed) {
        return Err(Failure::new(problem));
    }
    let sources = root.join("functions").join(folder).join("src");
    Ok(printed.into_iter().map(|printed| contract(function, printed, &sources)).collect())
}

/// One contract, a list of them, or null.
fn read(line: &str) -> serde_json::Result<Vec<Printed>> {
    if line.starts_with('[') {
        return serde_json::from_str(line);
    }
    Ok(serde_json::from_str::<Option<Printed>>(line)?.into_iter().collect())
}

/// What is wrong if the program has other callables than the manifest declares: the front would route names that it does
/// not know.
fn wrong_names(function: &Function, printed: &[Printed]) -> Option<String> {
    let mut served: Vec<_> = printed.iter().filter_map(|one| one.name.as_deref()).collect();
    let mut declared: Vec<_> = function.names.iter().map(String::as_str).collect();
    served.sort_unstable();
    declared.sort_unstable();
    let folder = &function.folder;
    match (function.is_group, served.is_empty()) {
        (false, true) => None,
        (true, false) if served == declared => None,
        (_, true) => Some(format!(
            "functions/{folder} serves one callable, but its Cargo.toml declares names: serve each under its name, with shared::run_all or setup.callables"
        )),
        (_, false) => Some(format!(
            "functions/{folder} serves {}, and its Cargo.toml does not declare that: write names = {served:?} into [package.metadata.function]",
            served.join(", ")
        )),
    }
}

fn contract(function: &Function, printed: Printed, sources: &Path) -> Contract {
    // Of several callables, those without known types may stream.
    let may_stream = function.stream && (!function.is_group || printed.handler.is_none());
    Contract {
        name: printed.name.unwrap_or_else(|| function.name.clone()),
        description: printed.handler.and_then(|handler| docs::of(sources, &handler)),
        stream: may_stream || printed.chunk.is_some(),
        callers: printed.callers,
        app_check: printed.app_check,
        input: printed.input,
        output: printed.output,
        chunk: printed.chunk,
        details: printed.details,
    }
}

/// The sentence of a line of the log that says why the program does not start.
fn problem(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Line {
        level: String,
        message: String,
    }
    let line: Line = serde_json::from_str(line).ok()?;
    (line.level == "ERROR").then_some(line.message)
}
