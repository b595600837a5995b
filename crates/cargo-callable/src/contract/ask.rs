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
    handler: Option<String>,
    input: Option<Value>,
    output: Option<Value>,
    chunk: Option<Value>,
    details: Option<Value>,
    callers: String,
    app_check: bool,
}

/// Starts `program` with `--contract`: it builds its callable, prints the contract and ends. `None` if it has no callable.
///
/// # Errors
/// It does not start, or prints no contract.
pub(crate) async fn ask(
    function: &Function,
    program: &Path,
    environment: &[(String, String)],
    root: &Path,
    limit: Duration,
) -> Outcome<Option<Contract>> {
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
    let printed: Option<Printed> =
        serde_json::from_str(line).map_err(|error| no(format!("it prints {line:?} ({error})")))?;
    let Some(printed) = printed else { return Ok(None) };
    let sources = root.join("functions").join(folder).join("src");
    Ok(Some(Contract {
        name: function.name.clone(),
        description: printed.handler.and_then(|handler| docs::of(&sources, &handler)),
        stream: function.stream || printed.chunk.is_some(),
        callers: printed.callers,
        app_check: printed.app_check,
        input: printed.input,
        output: printed.output,
        chunk: printed.chunk,
        details: printed.details,
    }))
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
