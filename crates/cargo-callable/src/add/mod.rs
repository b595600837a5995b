//! `cargo callable add`: a new function is a new folder under `functions/`. Nothing else of the project is touched.

mod group;
mod kinds;
mod manifest;
mod names;

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use self::group::Group;
use self::kinds::Kind;
use crate::failure::{Failure, Outcome};
use crate::function::{Declared, Function, camel_case};
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The function's folder, in lower case with hyphens: send-invoice is called as sendInvoice
    name: String,
    /// A callable that sends chunks before its result
    #[arg(long, conflicts_with = "with")]
    stream: bool,
    /// What the function uses
    #[arg(long, value_enum, default_value = "nothing")]
    with: Kind,
    /// The name that clients call, if it is not the folder's in camel case
    #[arg(long)]
    public_name: Option<String>,
    /// Several callables in one binary, as in --group add-note,remove-note
    #[arg(long, value_delimiter = ',', value_name = "NAMES", conflicts_with_all = ["with", "public_name"])]
    group: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let group = if args.group.is_empty() {
        let public_name = args.public_name.clone().unwrap_or_else(|| camel_case(&args.name));
        names::check(&args.name, &public_name, &workspace)?;
        None
    } else {
        names::check_folder(&args.name, &workspace)?;
        Some(Group::new(&args.group, &workspace)?)
    };
    let declared = Declared {
        kind: Some(crate::function::Kind::Callable),
        name: args.public_name.clone(),
        names: group.as_ref().map(Group::names),
        stream: args.stream,
    };
    let function = Function::new(&args.name, declared)?;
    let parts = kinds::parts(args.with, args.stream);
    let new = manifest::New {
        folder: &args.name,
        public_name: args.public_name.as_deref(),
        names: group.as_ref().map(Group::names),
        stream: args.stream,
        parts: &parts,
    };
    let manifest = manifest::Root::read(&workspace.root)?.manifest_of(&new);
    let home = workspace.root.join("functions").join(&args.name);
    let logical_id = function.logical_id();
    let render = |text: &str| {
        text.replace("{{ folder }}", &args.name)
            .replace("{{ name }}", &function.name)
            .replace("{{ handler }}", &args.name.replace('-', "_"))
            .replace("{{ id }}", logical_id.trim_end_matches("Function"))
            .replace("{{ variable }}", &args.name.to_uppercase().replace('-', "_"))
    };
    let mut sources = Vec::new();
    let files: Vec<_> = match &group {
        None => parts.files.iter().map(|(path, text)| ((*path).to_owned(), render(text))).collect(),
        Some(group) => group.files(kinds::handler(&parts)),
    };
    for (path, text) in std::iter::once(("Cargo.toml".to_owned(), manifest)).chain(files) {
        let file = home.join(&path);
        let folder = file.parent().unwrap_or(&home);
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
        fs::write(&file, text).map_err(|error| Failure::file(&file, &error))?;
        if path.ends_with(".rs") {
            sources.push(file);
        }
    }
    // In the project's own style. Without rustfmt, the sources stay as they are.
    let quiet = || Stdio::null();
    let mut rustfmt = Command::new("rustfmt");
    rustfmt
        .args(["--edition", "2024"])
        .args(&sources)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet());
    let _ = rustfmt.current_dir(&workspace.root).status();
    let file = if group.is_some() { "*.rs" } else { "handler.rs" };
    say!(
        "functions/{0} is there, and clients call it as {1}. Go on with:\n\n  edit functions/{0}/src/{file}\n  cargo test -p {0}\n  cargo callable run",
        args.name,
        function.names.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}
