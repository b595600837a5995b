//! Node.js, which only the Auth emulator needs, and the emulator itself: a pinned firebase-tools that is installed once
//! into `target/callable/auth-emulator`, together with the library that makes the forms of the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{self, Version};
use crate::failure::{Failure, Outcome};

/// The oldest major version of Node.js that the emulator runs on.
const OLDEST: &str = "20";
/// In a folder of installed packages: the library that makes forms of schemas.
const FORMS: &str = "@json-editor/json-editor/dist/jsoneditor.js";
/// The files that pin firebase-tools, the library and all that they need.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../tools/auth-emulator/package.json")),
    (".npmrc", include_str!("../../tools/auth-emulator/.npmrc")),
    (LOCK, include_str!("../../tools/auth-emulator/package-lock.json")),
];
const LOCK: &str = "package-lock.json";

/// The program `node`, if it is recent enough.
pub(crate) fn node() -> Outcome<PathBuf> {
    let cure = format!(
        "install Node.js {OLDEST} or later from https://nodejs.org, or leave the emulator out: cargo callable run --no-auth"
    );
    let Some(node) = program::find("node") else {
        return Err(Failure::new(format!(
            "Node.js is not installed, and the Auth emulator needs it: {cure}"
        )));
    };
    let Some(version) = program::version_of(&node, &["--version"]) else {
        return Err(Failure::new(format!("{} does not start: {cure}", node.display())));
    };
    if Version::parse(OLDEST).is_some_and(|oldest| version < oldest) {
        return Err(Failure::new(format!(
            "Node.js {version} is too old for the Auth emulator: {cure}"
        )));
    }
    Ok(node)
}

/// firebase-tools.
pub(crate) struct Firebase {
    /// The command line program, for `node`.
    pub(crate) program: PathBuf,
    /// What installs it, if it is missing.
    pub(crate) install: Option<Command>,
}

/// The command line program of firebase-tools: the project's own, or the pinned one below `target`.
pub(crate) fn firebase_tools(target: &Path, own: Option<&Path>) -> Outcome<Firebase> {
    const PROGRAM: &str = "lib/bin/firebase.js";
    if let Some(folder) = own {
        let program = folder.join(PROGRAM);
        return if program.is_file() {
            Ok(Firebase { program, install: None })
        } else {
            Err(Failure::new(format!(
                "Cargo.toml, [workspace.metadata.callable.run]: firebase-tools is {}, which has no {PROGRAM}: give the folder of the installed package, such as node_modules/firebase-tools, or leave the line out",
                folder.display()
            )))
        };
    }
    let folder = folder_below(target);
    let install = if is_installed(&folder) { None } else { Some(install(&folder)?) };
    Ok(Firebase { program: folder.join("node_modules/firebase-tools").join(PROGRAM), install })
}

/// Where the library of the page's forms is once the emulator is installed: beside firebase-tools.
pub(crate) fn forms(target: &Path, own: Option<&Path>) -> PathBuf {
    let pinned = || folder_below(target).join("node_modules");
    own.and_then(Path::parent).map_or_else(pinned, Path::to_path_buf).join(FORMS)
}

fn folder_below(target: &Path) -> PathBuf {
    target.join("callable/auth-emulator")
}

/// npm writes its hidden lock file last.
fn is_installed(folder: &Path) -> bool {
    let same = FILES.iter().all(|(name, text)| {
        fs::read_to_string(folder.join(name)).is_ok_and(|found| found == *text)
    });
    same && folder.join("node_modules/.package-lock.json").is_file()
}

/// Writes the files, and returns the command that installs what they pin.
fn install(folder: &Path) -> Outcome<Command> {
    let npm = program::find("npm").ok_or_else(|| {
        Failure::new(
            "npm is not installed, and installs the Auth emulator: install it together with Node.js from https://nodejs.org",
        )
    })?;
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    for (name, text) in FILES {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| Failure::file(&file, &error))?;
    }
    let mut command = Command::new(npm);
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::forms;

    #[test]
    fn the_library_of_the_forms_is_beside_firebase_tools() {
        let of = |own: Option<&str>| forms(Path::new("/p/target"), own.map(Path::new));
        let file = "@json-editor/json-editor/dist/jsoneditor.js";
        let pinned = format!("/p/target/callable/auth-emulator/node_modules/{file}");
        assert_eq!(of(None), Path::new(&pinned));
        let own = format!("/p/node_modules/{file}");
        assert_eq!(of(Some("/p/node_modules/firebase-tools")), Path::new(&own));
    }
}
