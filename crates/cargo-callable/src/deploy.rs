//! `cargo callable deploy`: builds the functions, writes the whole template, and hands both to AWS SAM.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use toml_edit::DocumentMut;

use crate::architecture::Architecture;
use crate::build::{self, Options, keys};
use crate::failure::{Failure, Outcome};
use crate::template;
use crate::terminal::say;
use crate::tools::python::{self, Tool};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ask nothing: parameters come from --parameters and samconfig.toml
    #[arg(long)]
    yes: bool,
    /// Check template and programs, and deploy nothing; needs no account
    #[arg(long)]
    dry: bool,
    /// Take the programs that are there
    #[arg(long)]
    no_build: bool,
    /// Do not put the public keys of Firebase into the packages
    #[arg(long)]
    no_keys: bool,
    /// The environment of samconfig.toml, such as staging
    #[arg(long, default_value = "default")]
    environment: String,
    /// A file of the template's parameters, with a line KEY=value for each
    #[arg(long)]
    parameters: Option<PathBuf>,
    /// The name of the CloudFormation stack; otherwise what samconfig.toml says, or the project's folder
    #[arg(long)]
    stack_name: Option<String>,
    /// More options for cargo, as in -- --locked
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Holds what a guided deployment was told.
const CONFIGURATION: &str = "samconfig.toml";

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let architecture = workspace.architecture()?;
    let kept = Configuration::read(&workspace.root, &args.environment)?;
    kept.check(architecture)?;
    let parameters = args.parameters.as_deref().map(parameters_in).transpose()?;
    if args.yes && !kept.exists && parameters.is_none() {
        return Err(Failure::new(
            "With --yes nothing is asked, so the parameters must be in a file: add --parameters FILE with FirebaseProjectId=… in it, or deploy once without --yes",
        ));
    }
    if !args.no_build {
        build::build(&workspace, &[], &Options { architecture, fast: false, cargo: &args.cargo })?;
    }
    for function in &workspace.functions {
        build::check_program(
            &function.folder,
            &workspace.bootstrap(&function.folder),
            architecture,
        )?;
    }
    let file = write_template(&workspace, architecture)?;
    let path = python::path_with(&workspace.target, &[Tool::Sam])?;
    let sam = || {
        let mut sam = Command::new("sam");
        sam.current_dir(&workspace.root).env("PATH", &path).env("SAM_CLI_TELEMETRY", "0");
        sam
    };
    finish(
        sam().args(["validate", "--lint", "--template-file"]).arg(&file),
        "the template has mistakes",
    )?;
    if args.dry {
        let count = workspace.functions.len();
        let what = if count == 1 { "function" } else { "functions" };
        say!(
            "{count} {what} for {} and the template are ready; nothing was deployed.",
            architecture.name()
        );
        return Ok(ExitCode::SUCCESS);
    }
    pack_keys(&workspace, args.no_keys)?;
    let mut deploy = sam();
    deploy.args([
        "deploy",
        "--capabilities",
        "CAPABILITY_IAM",
        "--resolve-s3",
        "--config-env",
        &args.environment,
    ]);
    deploy
        .arg("--template-file")
        .arg(&file)
        .arg("--config-file")
        .arg(workspace.root.join(CONFIGURATION));
    if args.yes {
        deploy.args(["--no-confirm-changeset", "--no-fail-on-empty-changeset"]);
    } else if !kept.exists {
        deploy.arg("--guided");
    }
    if let Some(name) = args
        .stack_name
        .clone()
        .or_else(|| kept.stack_name.is_none().then(|| stack_name_of(&workspace.root)))
    {
        deploy.args(["--stack-name", &name]);
    }
    if let Some(parameters) = parameters {
        deploy.arg("--parameter-overrides").args(parameters);
    }
    finish(&mut deploy, "the deployment failed")?;
    Ok(ExitCode::SUCCESS)
}

/// Without the keys a function works, too: it waits for them when it starts.
fn pack_keys(workspace: &Workspace, without: bool) -> Outcome<()> {
    let programs: Vec<_> =
        workspace.functions.iter().map(|function| workspace.bootstrap(&function.folder)).collect();
    let programs = || programs.iter().map(PathBuf::as_path);
    keys::remove(programs())?;
    if without {
        return Ok(());
    }
    if let Err(failure) = keys::fetch().and_then(|fetched| fetched.write(programs())) {
        say!("{failure}");
    }
    Ok(())
}

/// The template of this deployment. It accepts no other processor than that of the programs.
fn write_template(workspace: &Workspace, architecture: Architecture) -> Outcome<PathBuf> {
    let home = workspace.target.join("callable");
    let code = |folder: &str| {
        let program = workspace.bootstrap(folder);
        program.parent().unwrap_or(&program).to_string_lossy().into_owned()
    };
    let mut whole = template::render(workspace, true, &code)?;
    whole.restrict_architecture(architecture);
    fs::create_dir_all(&home).map_err(|error| Failure::file(&home, &error))?;
    let file = home.join("template.yaml");
    fs::write(&file, whole.text()).map_err(|error| Failure::file(&file, &error))?;
    Ok(file)
}

fn finish(command: &mut Command, what: &str) -> Outcome<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Failure::new(format!("{what}: see the lines above"))),
        Err(error) => Err(Failure::new(format!("sam does not start: {error}"))),
    }
}

/// The lines of a file of parameters, as SAM takes them.
fn parameters_in(file: &Path) -> Outcome<Vec<String>> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let mut parameters = Vec::new();
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            return Err(Failure::new(format!(
                "{}:{}: write NAME=value, as in FirebaseProjectId=my-app",
                file.display(),
                number + 1
            )));
        };
        let value = value.trim().replace('\\', r"\\").replace('"', "\\\"");
        parameters.push(format!("ParameterKey={},ParameterValue=\"{value}\"", name.trim()));
    }
    Ok(parameters)
}

/// What samconfig.toml says of an environment.
struct Configuration {
    exists: bool,
    stack_name: Option<String>,
    /// The processor of the last guided deployment.
    architecture: Option<String>,
}

impl Configuration {
    fn read(root: &Path, environment: &str) -> Outcome<Self> {
        let file = root.join(CONFIGURATION);
        let nothing = Self { exists: false, stack_name: None, architecture: None };
        let Ok(text) = fs::read_to_string(&file) else { return Ok(nothing) };
        let document: DocumentMut = text
            .parse()
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
        let Some(parameters) =
            document.get(environment).and_then(|all| all.get("deploy")?.get("parameters"))
        else {
            return Ok(nothing);
        };
        let overrides = parameters.get("parameter_overrides");
        let listed = overrides
            .and_then(|all| all.as_array())
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str());
        let in_line = overrides.and_then(|all| all.as_str());
        let architecture = listed.chain(in_line).find_map(architecture_in);
        let stack_name =
            parameters.get("stack_name").and_then(|name| name.as_str()).map(str::to_owned);
        Ok(Self { exists: true, stack_name, architecture })
    }

    /// The processor is chosen in Cargo.toml, for builds and deployments.
    fn check(&self, architecture: Architecture) -> Outcome<()> {
        match self.architecture.as_deref() {
            Some(kept) if kept != architecture.name() => Err(Failure::new(format!(
                "{CONFIGURATION} has Architecture={kept}, but the functions are built for {}: write architecture = \"{kept}\" into [workspace.metadata.callable] of Cargo.toml, or change {CONFIGURATION}",
                architecture.name()
            ))),
            _ => Ok(()),
        }
    }
}

/// The value of `Architecture` in a line of overrides, with quotes or without.
fn architecture_in(overrides: &str) -> Option<String> {
    overrides.split_whitespace().find_map(|word| {
        let value = word.trim_matches(['"', '\'']).strip_prefix("Architecture=")?;
        Some(value.trim_matches(['"', '\'', '\\']).to_owned())
    })
}

/// The folder's name in the letters that a stack may have.
fn stack_name_of(root: &Path) -> String {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let kept: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let kept = kept.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    if kept.is_empty() { "callables".to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{architecture_in, stack_name_of};

    #[test]
    fn the_processor_of_the_last_deployment_is_read_in_each_form_that_sam_writes() {
        for (overrides, found) in [
            ("Architecture=\"x86_64\" MemorySize=\"256\"", Some("x86_64")),
            ("MemorySize=256 Architecture=arm64", Some("arm64")),
            ("Architecture=\\\"x86_64\\\"", Some("x86_64")),
            ("MemorySize=256", None),
        ] {
            assert_eq!(architecture_in(overrides).as_deref(), found, "{overrides}");
        }
    }

    #[test]
    fn a_stack_is_called_like_the_folder() {
        for (folder, name) in [
            ("/a/my-app", "my-app"),
            ("/a/my app", "my-app"),
            ("/a/9lives", "lives"),
            ("/", "callables"),
        ] {
            assert_eq!(stack_name_of(Path::new(folder)), name);
        }
    }
}
