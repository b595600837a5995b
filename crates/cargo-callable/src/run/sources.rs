//! The source files of each function: those of its package and of the packages on this machine that it depends on. A
//! change is found by looking at their times and sizes; nothing else in the project's folder is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};

use crate::workspace::{Workspace, path_dependencies};

/// Folders deeper than this are not looked at: a link may lead back.
const DEPTH: u32 = 32;

/// Which files belong to which function.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    root: PathBuf,
    /// Each package's folder with the folders of the packages that it depends on.
    packages: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Files outside the sources' folders that a function was built from, by its folder.
    pub(super) more: BTreeMap<String, BTreeSet<PathBuf>>,
    /// Files that all functions read.
    pub(super) common: Vec<PathBuf>,
    folders: Vec<String>,
}

/// What a look has found. Two equal ones mean that nothing was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// All that decides which functions there are.
    pub(super) manifests: u64,
    /// Cargo.lock, which concerns all functions.
    pub(super) lock: u64,
    /// The sources of each function, by its folder.
    pub(super) functions: BTreeMap<String, u64>,
}

impl Plan {
    /// The plan of a project. `common` are further files that all functions read.
    pub(super) fn new(workspace: &Workspace, common: Vec<PathBuf>) -> Self {
        let mut packages = BTreeMap::new();
        let mut unknown: Vec<_> = workspace.path_dependencies.values().flatten().cloned().collect();
        let mut add = |found: &BTreeMap<PathBuf, BTreeSet<PathBuf>>| packages.extend(found.clone());
        add(&workspace.path_dependencies);
        while let Some(folder) = unknown.pop() {
            if packages.contains_key(&folder) {
                continue;
            }
            // A package of another workspace. If it cannot be read, cargo says so when it builds.
            let found = path_dependencies(&folder).unwrap_or_default();
            unknown.extend(found.values().flatten().cloned());
            packages.extend(found);
            packages.entry(folder).or_default();
        }
        let folders = workspace.functions.iter().map(|function| function.folder.clone()).collect();
        Self { root: workspace.root.clone(), packages, more: BTreeMap::new(), common, folders }
    }

    /// Looks at all files.
    pub(super) fn look(&self) -> Seen {
        let mut stamps = BTreeMap::new();
        for folder in self.packages.keys() {
            stamps.insert(folder, hash(|hasher| package(folder, hasher)));
        }
        let common = hash(|hasher| {
            for name in ["Cargo.toml", "rust-toolchain.toml", ".cargo/config.toml", "template.yaml"]
            {
                file(&self.root.join(name), hasher);
            }
            for path in &self.common {
                file(path, hasher);
            }
        });
        let function = |folder: &String| {
            let home = self.root.join("functions").join(folder);
            let stamp = hash(|hasher| {
                common.hash(hasher);
                file(&home.join("template.yaml"), hasher);
                for package in self.needed_by(&home) {
                    stamps.get(&package).hash(hasher);
                }
                for path in self.more.get(folder).into_iter().flatten() {
                    file(path, hasher);
                }
            });
            (folder.clone(), stamp)
        };
        let lock = stamp(&self.root.join("Cargo.lock"));
        Seen {
            manifests: self.manifests(),
            lock,
            functions: self.folders.iter().map(function).collect(),
        }
    }

    fn manifests(&self) -> u64 {
        hash(|hasher| {
            file(&self.root.join("Cargo.toml"), hasher);
            for folder in self.packages.keys() {
                file(&folder.join("Cargo.toml"), hasher);
            }
            for folder in entries(&self.root.join("functions")) {
                let manifest = folder.join("Cargo.toml");
                if manifest.is_file() {
                    file(&manifest, hasher);
                    // Without a source, cargo refuses a manifest.
                    folder.join("src/main.rs").is_file().hash(hasher);
                }
            }
        })
    }

    /// The package in `home` and all that it depends on.
    fn needed_by(&self, home: &Path) -> BTreeSet<PathBuf> {
        let mut needed = BTreeSet::new();
        let mut open = vec![home.to_owned()];
        while let Some(folder) = open.pop() {
            if needed.insert(folder.clone()) {
                open.extend(self.packages.get(&folder).into_iter().flatten().cloned());
            }
        }
        needed
    }

    /// Adds the files that cargo lists for a built function, unless they are looked at anyway.
    pub(super) fn built_from(&mut self, folder: &str, files: Vec<PathBuf>) {
        let known = |file: &PathBuf| {
            self.packages.keys().any(|package| file.starts_with(package.join("src")))
                || file.starts_with(self.root.join("target"))
        };
        let more: BTreeSet<_> = files.into_iter().filter(|file| !known(file)).collect();
        self.more.insert(folder.to_owned(), more);
    }
}

fn hash(feed: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(&mut hasher);
    hasher.finish()
}

/// The sources of the package in `folder`.
fn package(folder: &Path, hasher: &mut DefaultHasher) {
    file(&folder.join("Cargo.toml"), hasher);
    file(&folder.join("build.rs"), hasher);
    walk(&folder.join("src"), DEPTH, hasher);
}

fn walk(folder: &Path, depth: u32, hasher: &mut DefaultHasher) {
    for path in entries(folder) {
        if !path.is_dir() {
            file(&path, hasher);
        } else if depth > 0 {
            walk(&path, depth - 1, hasher);
        }
    }
}

/// What is in a folder, in order, without what editors and tools leave there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let is_left = |name: &str| {
        name.starts_with('.') || name.ends_with('~') || name == "target" || name == "node_modules"
    };
    let read = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = read
        .filter(|entry| !is_left(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

/// A file's name, time and size, or its absence.
pub(super) fn file(path: &Path, hasher: &mut DefaultHasher) {
    path.hash(hasher);
    let found = fs::metadata(path).ok();
    found.map(|found| (found.modified().ok(), found.len())).hash(hasher);
}

/// A file's time and size, or nothing if it is absent.
pub(super) fn stamp(path: &Path) -> u64 {
    hash(|hasher| file(path, hasher))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::Plan;

    fn write(file: &Path, text: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// A project of two functions, of which `a` needs a library.
    fn project(name: &str) -> (PathBuf, Plan) {
        let root = std::env::temp_dir().join(format!("sources {name} {}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let (a, b, lib) = (root.join("functions/a"), root.join("functions/b"), root.join("lib"));
        for package in [&a, &b, &lib] {
            write(&package.join("Cargo.toml"), "");
            write(&package.join("src/main.rs"), "");
        }
        let plan = Plan {
            root: root.clone(),
            packages: [(a, [lib.clone()].into()), (b, [].into()), (lib, [].into())].into(),
            folders: vec!["a".to_owned(), "b".to_owned()],
            ..Plan::default()
        };
        (root, plan)
    }

    #[test]
    fn a_change_concerns_the_functions_that_are_built_from_it() {
        let (root, mut plan) = project("change");
        plan.built_from("b", vec![root.join("functions/b/src/main.rs"), root.join("text.md")]);
        for (file, a, b, manifests) in [
            ("functions/a/src/deep/part.rs", true, false, false),
            ("functions/a/build.rs", true, false, false),
            ("functions/a/template.yaml", true, false, false),
            ("lib/src/main.rs", true, false, false),
            ("functions/b/Cargo.toml", false, true, true),
            ("text.md", false, true, false),
            ("Cargo.toml", true, true, true),
            (".cargo/config.toml", true, true, false),
            ("functions/c/Cargo.toml", false, false, true),
            ("functions/a/notes.txt", false, false, false),
            ("functions/a/src/.main.rs.swp", false, false, false),
            ("functions/a/src/main.rs~", false, false, false),
            ("functions/a/target/x.rs", false, false, false),
            ("README.md", false, false, false),
            ("node_modules/x/Cargo.toml", false, false, false),
        ] {
            let before = plan.look();
            write(&root.join(file), "changed");
            let after = plan.look();
            let changed = |folder| before.functions.get(folder) != after.functions.get(folder);
            assert_eq!((changed("a"), changed("b")), (a, b), "{file}");
            assert_eq!(before.manifests != after.manifests, manifests, "{file}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
