//! The files of a project's clients: `callables.json`, and one in each language.

use std::fs;
use std::path::{Path, PathBuf};

use super::model::Model;
use super::settings::Targets;
use super::write;
use crate::contract::{Contracts, FILE};
use crate::failure::{Failure, Outcome};

/// All files, as the code says.
pub(crate) struct Files(Vec<(PathBuf, String)>);

/// What was found on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Same,
    Different,
    Missing,
}

impl Files {
    pub(crate) fn new(root: &Path, targets: &Targets, contracts: &Contracts) -> Self {
        let model = Model::new(contracts);
        let one = |(language, path): &(_, String)| {
            (root.join(path), write::text(*language, &model, Path::new(path)))
        };
        let clients = targets.files.iter().map(one);
        Self(std::iter::once((root.join(FILE), contracts.text())).chain(clients).collect())
    }

    /// Each file, with what is there now.
    pub(crate) fn compared(&self) -> Outcome<Vec<(&Path, State)>> {
        let one = |(path, text): &'_ (PathBuf, String)| match fs::read_to_string(path) {
            Ok(found) if found == *text => Ok(State::Same),
            Ok(_) => Ok(State::Different),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::Missing),
            Err(error) => Err(Failure::file(path, &error)),
        };
        self.0.iter().map(|file| Ok((file.0.as_path(), one(file)?))).collect()
    }

    /// Writes those that are missing or different, and gives their paths.
    pub(crate) fn write(&self) -> Outcome<Vec<&Path>> {
        let mut written = Vec::new();
        for ((path, text), (_, state)) in self.0.iter().zip(self.compared()?) {
            if state == State::Same {
                continue;
            }
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
            }
            replace(path, text).map_err(|error| Failure::file(path, &error))?;
            written.push(path.as_path());
        }
        Ok(written)
    }
}

/// Writes a file at once: a compiler that watches it never sees a half of it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}
