//! `cargo callable init`: makes a project from the files in `template/`, which is a template of cargo-lambda, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::failure::{Failure, Outcome};
use crate::source::Source;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to make; its name is the project's
    path: PathBuf,
    /// Where the crates come from: a version, the folder of a checkout, or the URL of a git repository
    #[arg(long)]
    from: Option<String>,
}

/// Each file: its path as the template has it, and its text. Names that cargo or git would act upon are written as
/// Liquid expressions, which cargo-lambda evaluates.
const FILES: [(&str, &str); 10] = [
    ("{{'Cargo'}}.toml", include_str!("../template/{{'Cargo'}}.toml")),
    (".cargo/config.toml", include_str!("../template/.cargo/config.toml")),
    ("rust-toolchain.toml", include_str!("../template/rust-toolchain.toml")),
    ("template.yaml", include_str!("../template/template.yaml")),
    ("{{'.gitignore'}}", include_str!("../template/{{'.gitignore'}}")),
    ("README.md", include_str!("../template/README.md")),
    (".github/workflows/ci.yml", include_str!("../template/.github/workflows/ci.yml")),
    (
        "functions/hello/{{'Cargo'}}.toml",
        include_str!("../template/functions/hello/{{'Cargo'}}.toml"),
    ),
    ("functions/hello/src/main.rs", include_str!("../template/functions/hello/src/main.rs")),
    ("functions/hello/src/handler.rs", include_str!("../template/functions/hello/src/handler.rs")),
];

/// The files of a new project, with their paths in it.
pub(crate) fn files(project: &str, source: &Source) -> Vec<(String, String)> {
    let shared = source.entries("shared");
    let render = |text: &str| {
        text.replace("{{ project_name }}", project)
            .replace("{{ shared }}", &shared)
            .replace("{{'", "")
            .replace("'}}", "")
    };
    FILES.iter().map(|(path, text)| (render(path), render(text))).collect()
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let source = args.from.as_deref().map_or_else(|| Ok(Source::usual()), Source::parse)?;
    let project = name_of(&args.path)?;
    refuse_contents(&args.path)?;
    let files = files(&project, &source);
    write(&args.path, &files)?;
    if let Err(refusal) = refuse_membership(&args.path) {
        for (path, _) in &files {
            let _ = fs::remove_file(args.path.join(path));
        }
        remove_empty(&args.path);
        return Err(refusal);
    }
    say!(
        "{} has one function, hello. Go on with:\n\n  cd {}\n  cargo callable run",
        args.path.display(),
        quoted(&args.path.to_string_lossy()),
    );
    match source {
        Source::Checkout(checkout) => say!(
            "\nThe project uses the crates in {}; on another machine, write their git or version into its Cargo.toml.",
            checkout.display()
        ),
        Source::Version(_) | Source::Git { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn write(home: &Path, files: &[(String, String)]) -> Outcome<()> {
    for (path, text) in files {
        let file = home.join(path);
        let folder = file.parent().unwrap_or(home);
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
        fs::write(&file, text).map_err(|error| Failure::file(&file, &error))?;
    }
    Ok(())
}

/// Refuses a place where a workspace around the project takes it for a member: cargo refuses a member that is a
/// workspace itself.
fn refuse_membership(project: &Path) -> Outcome<()> {
    let whole = std::path::absolute(project).map_err(|error| Failure::file(project, &error))?;
    let around = whole.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file());
    let Some(around) = around else { return Ok(()) };
    match Workspace::at(around) {
        Err(problem) if problem.to_string().contains("multiple workspace roots") => {
            Err(Failure::new(format!(
                "{} would be a member of the workspace in {}, and is a workspace itself: choose a folder outside of it, or add this one to its exclude",
                project.display(),
                around.display()
            )))
        }
        // Anything else that is wrong there was so before.
        _ => Ok(()),
    }
}

/// Removes folders that hold nothing, from the innermost.
fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if entry.path().is_dir() {
            remove_empty(&entry.path());
        }
    }
    let _ = fs::remove_dir(folder); // fails where a file is left
}

/// The folder's own name, which stands in the README.
fn name_of(path: &Path) -> Outcome<String> {
    let whole = std::path::absolute(path).map_err(|error| Failure::file(path, &error))?;
    match whole.file_name().and_then(|name| name.to_str()) {
        Some(name) => Ok(name.to_owned()),
        None => Err(Failure::new(format!(
            "{} has no name of its own: cargo callable init my-app",
            path.display()
        ))),
    }
}

/// Refuses a folder with files, other than git's.
fn refuse_contents(path: &Path) -> Outcome<()> {
    if path.is_file() {
        return Err(Failure::new(format!(
            "{} is a file: choose the name of a new folder",
            path.display()
        )));
    }
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    let found =
        entries.filter_map(Result::ok).map(|entry| entry.file_name()).find(|name| name != ".git");
    match found {
        None => Ok(()),
        Some(name) => Err(Failure::new(format!(
            "{} is not empty, it has {}: choose the name of a new folder, or use cargo callable add in a project",
            path.display(),
            name.to_string_lossy()
        ))),
    }
}

/// A path as a shell needs it.
fn quoted(path: &str) -> String {
    if path.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-~".contains(letter)) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{files, quoted};
    use crate::source::Source;

    #[test]
    fn a_project_has_at_most_12_files_and_150_lines() {
        let files = files("my-app", &Source::Version("0.2.0".to_owned()));
        let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
        assert!(files.len() <= 12 && lines <= 150, "{} files, {lines} lines", files.len());
        for (path, text) in files {
            assert!(!path.contains("{{") && !text.contains("{{"), "{path} is not rendered");
        }
    }

    #[test]
    fn a_path_with_a_space_is_quoted_for_the_shell() {
        assert_eq!(
            (quoted("a/b-c"), quoted("a b's")),
            ("a/b-c".to_owned(), r"'a b'\''s'".to_owned())
        );
    }
}
