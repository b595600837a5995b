//! `cargo callable upgrade`: moves a project to the version of the tool.

mod manifests;
mod reduce;
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use self::manifests::Document;
use crate::architecture::Architecture;
use crate::failure::{Failure, Outcome};
use crate::source::VERSION;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Upgrade although git does not have the project as it is
    #[arg(long)]
    allow_dirty: bool,
}

/// What a person must look at after an upgrade from 0.1.
const FROM_0_1: &str = "\
From 0.1, look at these yourself (the CHANGELOG has the whole table):
  samconfig.toml       Tracing is Active, PassThrough or Disabled, and no longer true or false
  log queries          in the gateway's access log, requestId is gatewayRequestId; request_id is that of the function
  functions' manifests [package.metadata.lambda.env] is [package.metadata.callable.run.environment]
  your scripts         make run, new, remove, build and deploy are cargo callable run, add, remove, build and deploy";

/// The files that change, by their path in the project.
#[derive(Default)]
struct Changes(BTreeMap<String, String>);

impl Changes {
    /// Changes a file; one that is absent is made only if `make` says so.
    fn edit(
        &mut self,
        root: &Path,
        name: &str,
        make: bool,
        edit: impl FnOnce(&mut Document),
    ) -> Outcome<()> {
        let file = root.join(name);
        let before = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if !make {
                    return Ok(());
                }
                String::new()
            }
            Err(error) => return Err(Failure::file(&file, &error)),
        };
        let mut document = Document::parse(Path::new(name), &before)?;
        edit(&mut document);
        let after = document.text();
        if after != before {
            self.0.insert(name.to_owned(), after);
        }
        Ok(())
    }

    fn write(&self, root: &Path) -> Outcome<()> {
        for (name, text) in &self.0 {
            let file = root.join(name);
            let folder = file.parent().unwrap_or(root);
            fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
            fs::write(&file, text).map_err(|error| Failure::file(&file, &error))?;
        }
        Ok(())
    }
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let root = workspace.root.as_path();
    if !args.allow_dirty {
        refuse_dirty(root)?;
    }
    let template = fs::read_to_string(root.join("template.yaml")).unwrap_or_default();
    let streams = self::template::streaming(&template, &workspace)?;
    let mut changes = Changes::default();
    changes.edit(root, "Cargo.toml", false, |manifest| {
        manifest.set_versions();
        manifest.remove_router();
        manifest.complete_profile();
        if let Some(architecture) = deployed_for(root) {
            manifest.set_architecture(architecture);
        }
    })?;
    changes.edit(root, ".cargo/config.toml", true, Document::complete_environment)?;
    changes.edit(root, "rust-toolchain.toml", false, Document::raise_toolchain)?;
    for function in &workspace.functions {
        let name = format!("functions/{}/Cargo.toml", function.folder);
        changes.edit(root, &name, false, |manifest| {
            manifest.set_versions();
            if streams.contains(&function.folder) {
                manifest.set_stream();
            }
        })?;
    }
    // The template is written from the new manifests.
    let mut with_streams = workspace;
    for function in &mut with_streams.functions {
        function.stream |= streams.contains(&function.folder);
    }
    let workspace = with_streams;
    let was_whole = template.contains("AWS::Serverless-2016-10-31");
    if let Some(own) = self::template::own_part(&template, &workspace)? {
        changes.0.insert("template.yaml".to_owned(), own);
    }
    changes.write(&workspace.root)?;
    if changes.0.is_empty() {
        say!("The project is at version {VERSION} already: nothing has changed.");
        return Ok(ExitCode::SUCCESS);
    }
    say!("The project is at version {VERSION}. Changed:");
    for name in changes.0.keys() {
        say!("  {name}");
    }
    if was_whole {
        let cut = changes.0.contains_key("template.yaml");
        say!(
            "\n{}",
            if cut {
                "template.yaml keeps what is your own; cargo callable template prints the whole."
            } else {
                "template.yaml is still a whole template, in a form that this command does not change: it wins over what the tool writes. Delete from it what cargo callable template --without-own prints."
            }
        );
        say!("\n{FROM_0_1}");
    }
    say!("\nNow: git diff, cargo test, cargo callable doctor.");
    Ok(ExitCode::SUCCESS)
}

/// The processor in samconfig.toml, if it is not the default.
fn deployed_for(root: &Path) -> Option<Architecture> {
    let text = fs::read_to_string(root.join("samconfig.toml")).ok()?;
    text.contains("Architecture=\\\"x86_64")
        .then_some(Architecture::X86_64)
        .or_else(|| text.contains("Architecture=x86_64").then_some(Architecture::X86_64))
}

/// An upgrade is undone by git.
fn refuse_dirty(root: &Path) -> Outcome<()> {
    let git = Command::new("git").args(["status", "--porcelain"]).current_dir(root).output();
    let reason = match git {
        Ok(output) if output.status.success() && output.stdout.is_empty() => return Ok(()),
        Ok(output) if output.status.success() => "has changes that are not committed",
        _ => "is not in a git repository",
    };
    Err(Failure::new(format!(
        "The project {reason}, so that an upgrade could not be undone: commit first, or add --allow-dirty"
    )))
}
