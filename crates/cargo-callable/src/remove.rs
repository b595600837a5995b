//! `cargo callable remove`: deletes the folder of a function. Nothing else of the project is touched.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::failure::{Failure, Outcome};
use crate::function::Function;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The function's folder
    name: String,
    /// Remove it although git does not have all of it
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let Some(function) = workspace.functions.iter().find(|function| function.folder == args.name)
    else {
        return Err(unknown(&args.name, &workspace.functions));
    };
    if workspace.functions.len() == 1 {
        return Err(Failure::new(format!(
            "{} is the only function, and cargo reads no project without one: add another first, with cargo callable add NAME",
            function.folder
        )));
    }
    let home = workspace.root.join("functions").join(&function.folder);
    if !args.force {
        refuse_uncommitted(&workspace.root, &function.folder)?;
    }
    fs::remove_dir_all(&home).map_err(|error| Failure::file(&home, &error))?;
    say!(
        "functions/{} is gone. A deployed function goes with the next cargo callable deploy.",
        function.folder
    );
    let lines = lines_naming(&workspace, function);
    if !lines.is_empty() {
        say!("These lines still name it, and are yours to change:\n{}", lines.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str, functions: &[Function]) -> Failure {
    let by_public_name =
        functions.iter().find(|function| function.names.iter().any(|one| one == name));
    let there: Vec<_> = functions.iter().map(|function| function.folder.as_str()).collect();
    Failure::new(match by_public_name {
        Some(function) => format!(
            "There is no functions/{name}; {name} is in functions/{0}: cargo callable remove {0}",
            function.folder
        ),
        None if there.is_empty() => {
            format!("There is no functions/{name}: the project has no functions")
        }
        None => format!("There is no functions/{name}: choose one of {}", there.join(", ")),
    })
}

/// What git does not have cannot be brought back.
fn refuse_uncommitted(root: &Path, folder: &str) -> Outcome<()> {
    let path = format!("functions/{folder}");
    let git = |words: &[&str]| {
        let output =
            Command::new("git").args(words).arg("--").arg(&path).current_dir(root).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let reason = match git(&["status", "--porcelain", "--ignored=no"]) {
        Some(changes) if changes.trim().is_empty() => return Ok(()),
        Some(_) => "has changes that are not committed",
        None => "is not in a git repository",
    };
    Err(Failure::new(format!("{path} {reason} and would be lost: commit it first, or add --force")))
}

/// Lines of the project's own files that name the function.
fn lines_naming(workspace: &Workspace, function: &Function) -> Vec<String> {
    let mut names = vec![function.logical_id(), format!("functions/{}", function.folder)];
    for name in &function.names {
        names.extend([format!("/{name}"), format!("~1{name}")]);
    }
    let fragments =
        workspace.functions.iter().map(|other| format!("functions/{}/template.yaml", other.folder));
    let mut found = Vec::new();
    for file in ["Cargo.toml", "template.yaml"].into_iter().map(str::to_owned).chain(fragments) {
        let Ok(text) = fs::read_to_string(workspace.root.join(&file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            if names.iter().any(|name| holds_word(line, name)) {
                found.push(format!("  {file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

/// The line has `word`, and no longer word that contains it.
fn holds_word(line: &str, word: &str) -> bool {
    let part_of_word =
        |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let (before, after) = (
            line.get(..start).unwrap_or_default(),
            line.get(start + word.len()..).unwrap_or_default(),
        );
        let opens = word.starts_with('/') || !before.ends_with(part_of_word);
        opens && !after.starts_with(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::holds_word;

    #[test]
    fn a_line_names_a_function_if_it_has_the_whole_word() {
        for (line, word, holds) in [
            ("ResourcePath: /~1sendInvoice", "/sendInvoice", false),
            ("Path: /sendInvoice", "/sendInvoice", true),
            ("Path: /sendInvoices", "/sendInvoice", false),
            ("  SendInvoiceFunction:", "SendInvoiceFunction", true),
            ("  ResendInvoiceFunction: SendInvoiceFunctionRole", "SendInvoiceFunction", false),
        ] {
            assert_eq!(holds_word(line, word), holds, "{line}");
        }
    }
}
