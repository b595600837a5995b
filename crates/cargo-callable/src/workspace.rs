//! The project: a cargo workspace whose folders under `functions/` are the functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::architecture::Architecture;
use crate::failure::{Failure, Outcome};
use crate::function::{Declared, Function, Kind};

/// The project that a command works on.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// `[workspace.metadata.callable]`, empty if absent.
    pub(crate) settings: Map<String, Value>,
    /// Sorted by folder.
    pub(crate) functions: Vec<Function>,
    /// The names of all packages of the workspace.
    pub(crate) names: Vec<String>,
    /// The folder of each member, with the folders of the path dependencies that it is built from.
    pub(crate) path_dependencies: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    metadata: Option<Map<String, Value>>,
    features: Map<String, Value>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    path: Option<PathBuf>,
    kind: Option<String>,
}

impl Package {
    /// Its folder, and the folders of the path dependencies that it is built from.
    fn path_dependencies(&self) -> Option<(PathBuf, BTreeSet<PathBuf>)> {
        let built_from = self.dependencies.iter().filter(|one| one.kind.as_deref() != Some("dev"));
        let folders = built_from.filter_map(|one| one.path.clone()).collect();
        Some((self.manifest_path.parent()?.to_owned(), folders))
    }
}

/// The path dependencies of all packages of the workspace that contains `folder`.
pub(crate) fn path_dependencies(folder: &Path) -> Outcome<BTreeMap<PathBuf, BTreeSet<PathBuf>>> {
    Ok(read(folder)?.packages.iter().filter_map(Package::path_dependencies).collect())
}

impl Workspace {
    /// The workspace that contains the current folder.
    pub(crate) fn current() -> Outcome<Self> {
        let here =
            std::env::current_dir().map_err(|error| Failure::file(Path::new("."), &error))?;
        Self::at(&here)
    }

    /// The workspace that contains `folder`.
    pub(crate) fn at(folder: &Path) -> Outcome<Self> {
        let metadata = read(folder)?;
        let path_dependencies =
            metadata.packages.iter().filter_map(Package::path_dependencies).collect();
        let home = metadata.workspace_root.join("functions");
        let mut functions = Vec::new();
        let mut names = Vec::new();
        for package in metadata.packages {
            let Some(folder) = package.manifest_path.parent() else { continue };
            names.push(package.name.clone());
            if folder.parent() != Some(&home) {
                continue;
            }
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if package.name != name {
                return Err(Failure::new(format!(
                    "functions/{name} holds a package named {}: give both the same name, in [package] of its Cargo.toml or by renaming the folder",
                    package.name
                )));
            }
            let mut function = Function::new(&name, declared(&name, package.metadata.as_ref())?)?;
            function.has_emulator = package.features.contains_key("emulator");
            let called = |one: &Dependency| one.rename.as_ref().unwrap_or(&one.name) == "shared";
            function.has_contract =
                function.kind == Kind::Callable && package.dependencies.iter().any(called);
            function.local_environment = local_environment(&name, package.metadata.as_ref())?;
            functions.push(function);
        }
        functions.sort_by(|one, other| one.folder.cmp(&other.folder));
        refuse_equal_names(&functions)?;
        let mut settings = metadata.metadata.unwrap_or_default();
        let settings = match settings.remove("callable") {
            Some(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        let (root, target) = (metadata.workspace_root, metadata.target_directory);
        Ok(Self { root, target, settings, functions, names, path_dependencies })
    }
}

impl Workspace {
    /// The processor that the functions are built and deployed for: `[workspace.metadata.callable] architecture`.
    pub(crate) fn architecture(&self) -> Outcome<Architecture> {
        let Some(value) = self.settings.get("architecture") else { return Ok(Architecture::Arm64) };
        value.as_str().and_then(Architecture::parse).ok_or_else(|| {
            Failure::new(format!(
                "Cargo.toml, [workspace.metadata.callable]: architecture is {value}, and must be \"arm64\" or \"x86_64\""
            ))
        })
    }

    /// The program that `cargo callable build` makes of a function.
    pub(crate) fn bootstrap(&self, folder: &str) -> PathBuf {
        self.target.join("lambda").join(folder).join("bootstrap")
    }
}

fn read(folder: &Path) -> Outcome<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(folder)
        .output()
        .map_err(|error| {
            Failure::new(format!(
                "cargo does not start ({error}): install Rust from https://rustup.rs"
            ))
        })?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "There is no project that cargo can read in {}: {}",
            folder.display(),
            reason(&String::from_utf8_lossy(&output.stderr))
        )));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("cargo metadata cannot be read: {error}")))
}

/// What cargo says, and the innermost of its causes.
fn reason(errors: &str) -> String {
    let first = errors.lines().find_map(|line| line.strip_prefix("error: "));
    let first = first.unwrap_or("cargo metadata failed");
    let (_, cause) = errors.rsplit_once("Caused by:\n").unwrap_or_default();
    match cause.lines().next() {
        Some(cause) => format!("{first}: {}", cause.trim()),
        None => first.to_owned(),
    }
}

fn declared(folder: &str, metadata: Option<&Map<String, Value>>) -> Outcome<Declared> {
    let Some(value) = metadata.and_then(|all| all.get("function")) else {
        return Ok(Declared::default());
    };
    serde_json::from_value(value.clone()).map_err(|error| {
        Failure::new(format!("functions/{folder}/Cargo.toml, [package.metadata.function]: {error}"))
    })
}

fn local_environment(
    folder: &str,
    metadata: Option<&Map<String, Value>>,
) -> Outcome<Vec<(String, String)>> {
    let found = metadata.and_then(|all| all.get("callable")?.get("run")?.get("environment"));
    let wrong = || {
        Failure::new(format!(
            "functions/{folder}/Cargo.toml, [package.metadata.callable.run.environment]: each value must be a text"
        ))
    };
    let Some(environment) = found else { return Ok(Vec::new()) };
    let environment = environment.as_object().ok_or_else(wrong)?;
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    environment.iter().map(|entry| text(entry).ok_or_else(wrong)).collect()
}

fn refuse_equal_names(functions: &[Function]) -> Outcome<()> {
    for (index, one) in functions.iter().enumerate() {
        for (at, name) in one.names.iter().enumerate() {
            if one.names.iter().skip(at + 1).any(|other| other == name) {
                return Err(Failure::new(format!(
                    "functions/{}/Cargo.toml declares the public name {name} twice: leave one of them out",
                    one.folder
                )));
            }
            let other = functions.iter().skip(index + 1).find(|other| other.names.contains(name));
            if let Some(other) = other {
                return Err(Failure::new(format!(
                    "functions/{} and functions/{} have the same public name {name}: rename one folder, or declare another name in [package.metadata.function]",
                    one.folder, other.folder
                )));
            }
        }
    }
    Ok(())
}
