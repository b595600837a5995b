//! `cargo callable deploy-check`: asks a deployed address what apps will ask it, and says what to mend.

mod checks;
mod client;
mod form;
mod sign_in;
mod tokens;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use self::checks::{Subject, Verdict};
use self::client::Client;
use crate::failure::{Failure, Outcome};
use crate::function::Kind;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The address that the app gives to getFunctions(app, address)
    url: String,
    /// A callable that is deployed; in a project, its first one
    #[arg(long)]
    function: Option<String>,
    /// A callable that sends chunks; in a project, its first one with stream = true
    #[arg(long)]
    stream_function: Option<String>,
    /// What the calls send as data, as JSON
    #[arg(long, default_value = "null")]
    data: String,
    /// The origin of a page that may call
    #[arg(long, default_value = "https://app.example.com")]
    origin: String,
    /// The Firebase project, for forged tokens that look like its own
    #[arg(long, default_value = "demo-app")]
    project: String,
    /// A file with a valid ID token
    #[arg(long)]
    id_token_file: Option<PathBuf>,
    /// A file with a valid App Check token
    #[arg(long)]
    app_check_token_file: Option<PathBuf>,
    #[command(flatten)]
    account: sign_in::Account,
    /// How many seconds one request may take
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=900))]
    timeout: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let (function, stream) = names(args)?;
    if serde_json::from_str::<Value>(&args.data).is_err() {
        return Err(Failure::new(format!(
            "--data {} is not JSON: write it as in --data '{{\"text\":\"hi\"}}'",
            args.data
        )));
    }
    let token = args.id_token_file.as_ref().map(read_token).transpose()?;
    let id_token = match token {
        Some(token) => Some(token),
        None => args.account.id_token()?,
    };
    let subject = Subject {
        client: Client::new(&args.url, &args.origin, Duration::from_secs(args.timeout))?,
        origin: args.origin.clone(),
        function,
        stream,
        project: args.project.clone(),
        id_token,
        app_check_token: args.app_check_token_file.as_ref().map(read_token).transpose()?,
        data: args.data.clone(),
    };
    let (mut wrong, mut lines) = (0, Vec::new());
    subject.run(|name, verdict| {
        let (word, found, mend) = match verdict {
            Verdict::Ok(found) => ("ok", found, None),
            Verdict::Skipped(why) => ("skipped", why, None),
            Verdict::Wrong(problem) => {
                wrong += 1;
                ("WRONG", problem.found, Some(problem.mend))
            }
        };
        if args.json {
            lines.push(json!({ "check": name, "verdict": word, "found": found, "mend": mend }));
            return;
        }
        say!("{word:<8} {name:<48} {found}");
        if let Some(mend) = mend {
            say!("         mend: {mend}");
        }
    });
    if args.json {
        say!("{:#}", Value::Array(lines));
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The callables that are asked: those of the options, or of the project in the current folder.
fn names(args: &Args) -> Outcome<(String, Option<String>)> {
    let functions = Workspace::current().map(|workspace| workspace.functions).unwrap_or_default();
    let callables: Vec<_> =
        functions.iter().filter(|function| function.kind == Kind::Callable).collect();
    let streams = callables
        .iter()
        .find(|function| function.stream)
        .and_then(|function| function.names.first().cloned());
    let function = args.function.clone().or_else(|| {
        let plain = callables.iter().find(|function| !function.stream).or(callables.first());
        plain.and_then(|function| function.names.first().cloned())
    });
    let function = function.ok_or_else(|| {
        Failure::new("There is no project with a callable function in this folder: name a deployed one with --function, as in --function sendInvoice")
    })?;
    Ok((function, args.stream_function.clone().or(streams)))
}

fn read_token(file: &PathBuf) -> Outcome<String> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(Failure::new(format!(
            "{} must hold one token and nothing else",
            file.display()
        )));
    }
    Ok(token.to_owned())
}
