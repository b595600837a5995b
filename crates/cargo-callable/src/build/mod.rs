//! `cargo callable build`: the functions as programs for Lambda, in `target/lambda/<folder>/bootstrap`.

mod groups;
pub(crate) mod keys;
mod profile;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::architecture::Architecture;
use crate::failure::{Failure, Outcome};
use crate::terminal::say;
use crate::tools::{program, python, rust};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The functions to build; all of them if none is named
    names: Vec<String>,
    /// The processor: arm64, x86_64, or host for this machine's; otherwise what [workspace.metadata.callable] says
    #[arg(long, value_parser = Target::parse)]
    architecture: Option<Target>,
    /// Link in seconds: larger and slower programs, for development and staging
    #[arg(long)]
    fast: bool,
    /// Fetch the public keys of Firebase and put them into each function's folder
    #[arg(long)]
    keys: bool,
    /// More options for cargo, as in -- --locked
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// The processor that `--architecture` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Of(Architecture),
    Host,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "host" {
            return Ok(Self::Host);
        }
        Architecture::parse(text)
            .map(Self::Of)
            .ok_or_else(|| "write arm64, x86_64 or host".to_owned())
    }
}

/// How functions are built.
pub(crate) struct Options<'a> {
    pub(crate) architecture: Architecture,
    pub(crate) fast: bool,
    pub(crate) cargo: &'a [String],
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let architecture = match args.architecture {
        None => workspace.architecture()?,
        Some(Target::Of(architecture)) => architecture,
        Some(Target::Host) => Architecture::of_this_machine().ok_or_else(|| {
            Failure::new(
                "Lambda has no processor like this machine's: write --architecture arm64 or x86_64",
            )
        })?,
    };
    let options = Options { architecture, fast: args.fast, cargo: &args.cargo };
    let built = build(&workspace, &args.names, &options)?;
    if args.keys {
        keys::fetch()?.write(built.iter().map(|(_, file)| file.as_path()))?;
    }
    for (name, file) in built {
        let bytes = file.metadata().map_err(|error| Failure::file(&file, &error))?.len();
        say!("{bytes:>9} bytes  {name}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds functions, all if `names` is empty. Returns each with its program.
pub(crate) fn build(
    workspace: &Workspace,
    names: &[String],
    options: &Options<'_>,
) -> Outcome<Vec<(String, PathBuf)>> {
    let all: Vec<_> = workspace.functions.iter().map(|function| function.folder.clone()).collect();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        return Err(Failure::new(format!(
            "There is no functions/{unknown}: choose of {}",
            all.join(", ")
        )));
    }
    let chosen = if names.is_empty() { all } else { names.to_vec() };
    if chosen.is_empty() {
        return Err(Failure::new("The project has no functions: cargo callable add hello"));
    }
    rust::check(&workspace.root)?;
    profile::check(&workspace.root)?;
    let native =
        Architecture::of_this_machine() == Some(options.architecture) && cfg!(target_os = "linux");
    if !native {
        require_target(&workspace.root, options.architecture)?;
    }
    let path = python::path_with(&workspace.target, &[python::Tool::CargoLambda])?;
    for group in groups::groups(&workspace.root, &chosen)? {
        let mut cargo = Command::new("cargo");
        cargo.args([
            "lambda",
            "build",
            "--quiet",
            "--compiler",
            if native { "cargo" } else { "cargo-zigbuild" },
        ]);
        if !native {
            cargo.args(["--target", triple(options.architecture)]);
        }
        cargo.args(profile::words(options.fast));
        for function in &group {
            cargo.args(["--package", function]);
        }
        cargo.args(options.cargo);
        // cargo-lambda looks for the folder of cargo's own calls, not of a workspace below another.
        cargo.arg("--lambda-dir").arg(workspace.target.join("lambda"));
        cargo.current_dir(&workspace.root).env("PATH", &path).stdin(Stdio::null());
        let status = cargo
            .status()
            .map_err(|error| Failure::new(format!("cargo does not start: {error}")))?;
        if !status.success() {
            return Err(Failure::new(format!(
                "{} could not be built: see the lines above",
                group.join(", ")
            )));
        }
    }
    let built: Vec<_> =
        chosen.iter().map(|name| (name.clone(), workspace.bootstrap(name))).collect();
    for (name, file) in &built {
        check_program(name, file, options.architecture)?;
    }
    keys::remove(built.iter().map(|(_, file)| file.as_path()))?;
    Ok(built)
}

/// Refuses a program that is not there, or that is for another processor.
pub(crate) fn check_program(name: &str, file: &Path, architecture: Architecture) -> Outcome<()> {
    if !file.is_file() {
        return Err(Failure::new(format!(
            "{name} is not built, {} does not exist: cargo callable build makes it, if the package's binary is called {name}",
            file.display()
        )));
    }
    let found = Architecture::of_program(file)?;
    if found == Some(architecture) {
        return Ok(());
    }
    let what = found.map_or("not a program for arm64 or x86_64".to_owned(), |found| {
        format!("for {}", found.name())
    });
    Err(Failure::new(format!(
        "{name} is to be deployed for {0}, but {1} is {what}: cargo callable build --architecture {0}",
        architecture.name(),
        file.display()
    )))
}

const fn triple(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => "aarch64-unknown-linux-gnu",
        Architecture::X86_64 => "x86_64-unknown-linux-gnu",
    }
}

/// Makes sure that the toolchain has the standard library for this processor.
fn require_target(root: &Path, architecture: Architecture) -> Outcome<()> {
    let target = triple(architecture);
    let there = || {
        let output = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", target])
            .current_dir(root)
            .output();
        output
            .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
    };
    if there() {
        return Ok(());
    }
    if program::find("rustup").is_some() {
        let _ = Command::new("rustup").args(["target", "add", target]).current_dir(root).status();
    }
    if there() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "Rust cannot build for {target} here: run rustup target add {target}"
    )))
}
