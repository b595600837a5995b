//! The SAM template of a project, which the tool writes: what every deployment has, each function, and what the project
//! says of its own, merged in this order.

mod functions;
mod merge;
mod settings;
mod yaml;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

pub(crate) use self::functions::PREFLIGHTS;
use self::merge::merge;
pub(crate) use self::yaml::read;
use crate::architecture::Architecture;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the project's own template.yaml
    #[arg(long)]
    without_own: bool,
}

/// The template of a project.
pub(crate) struct Template(Map<String, Value>);

/// Stands above a printed template.
const HEADING: &str = "# Written by cargo callable template: changes here are lost. What is the same for all comes from the tool, the rest\n# from functions/*/Cargo.toml and functions/*/template.yaml, and the project's own template.yaml.\nAWSTemplateFormatVersion: \"2010-09-09\"\n";

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    let code = |folder: &str| {
        let program = workspace.bootstrap(folder);
        let home = program.parent().unwrap_or(&program);
        home.strip_prefix(&workspace.root).unwrap_or(home).to_string_lossy().into_owned()
    };
    crate::terminal::text(&render(&workspace, !args.without_own, &code)?.text());
    Ok(ExitCode::SUCCESS)
}

/// The whole template. `code` is where a function's program stands, seen from the template's folder.
pub(crate) fn render(
    workspace: &Workspace,
    with_own: bool,
    code: &dyn Fn(&str) -> String,
) -> Outcome<Template> {
    let mut template =
        embedded("deployment/base.yaml", include_str!("../../deployment/base.yaml"))?;
    let answers = embedded(
        "deployment/gateway-answers.yaml",
        include_str!("../../deployment/gateway-answers.yaml"),
    )?;
    merge(&mut template, gateway_answers(&answers));
    settings::apply(workspace, &mut template)?;
    let mut resources = Map::new();
    for function in &workspace.functions {
        resources.insert(
            function.logical_id(),
            functions::resource_of(function, &code(&function.folder)),
        );
    }
    merge(&mut template, Map::from_iter([("Resources".to_owned(), Value::Object(resources))]));
    for function in &workspace.functions {
        add_file(
            workspace,
            &mut template,
            &format!("functions/{}/template.yaml", function.folder),
        )?;
    }
    if with_own {
        add_file(workspace, &mut template, "template.yaml")?;
    }
    for function in &workspace.functions {
        functions::add_alarms(function, &mut template);
    }
    let Some(Value::Object(resources)) = template.get_mut("Resources") else {
        return Err(Failure::new("template.yaml: Resources must be a map"));
    };
    functions::add_preflights(&workspace.functions, resources);
    Ok(Template(template))
}

fn embedded(name: &str, text: &str) -> Outcome<Map<String, Value>> {
    yaml::read(Path::new(name), text)
}

/// Merges a file of the project, if it is there.
fn add_file(workspace: &Workspace, template: &mut Map<String, Value>, name: &str) -> Outcome<()> {
    let file = workspace.root.join(name);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::file(&file, &error)),
    };
    let mut own = yaml::read(Path::new(name), &text)?;
    own.shift_remove("AWSTemplateFormatVersion");
    // A section without entries removes nothing.
    own.retain(|_, section| !section.is_null());
    for (section, entries) in &own {
        let is_text = ["Transform", "Description"].contains(&section.as_str());
        if !is_text && !entries.is_object() {
            return Err(Failure::new(format!("{name}: {section} must be a map")));
        }
    }
    merge(template, own);
    refuse_incomplete(template, name)
}

/// A resource without a type is meant to add to another one: to a function whose folder has been renamed, for instance.
fn refuse_incomplete(template: &Map<String, Value>, name: &str) -> Outcome<()> {
    let Some(Value::Object(resources)) = template.get("Resources") else { return Ok(()) };
    let without =
        resources.iter().find(|(_, resource)| !resource.get("Type").is_some_and(Value::is_string));
    let Some((id, _)) = without else { return Ok(()) };
    let folder = id.strip_suffix("Function").map(kebab_case);
    Err(Failure::new(match folder {
        Some(folder) => format!(
            "{name} adds to {id}, but there is no functions/{folder}: rename it there, or give it a Type"
        ),
        None => format!("{name}: {id} has no Type"),
    }))
}

/// `SendInvoice` is `send-invoice`.
fn kebab_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// The gateway's own answers as SAM writes them, with the header without which a page cannot read them.
fn gateway_answers(table: &Map<String, Value>) -> Map<String, Value> {
    let answer = |row: &Value| {
        let body = json!({ "error": { "message": row.get(1), "status": row.get(2) } });
        json!({
            "StatusCode": row.get(0),
            "ResponseParameters": { "Headers": { "Access-Control-Allow-Origin": "'*'" } },
            "ResponseTemplates": { "application/json": body.to_string() },
        })
    };
    let answers: Map<_, _> = table.iter().map(|(name, row)| (name.clone(), answer(row))).collect();
    let api = json!({ "Resources": { "Api": { "Properties": { "GatewayResponses": answers } } } });
    api.as_object().cloned().unwrap_or_default()
}

impl From<Map<String, Value>> for Template {
    fn from(sections: Map<String, Value>) -> Self {
        Self(sections)
    }
}

impl Template {
    pub(crate) fn into_value(self) -> Map<String, Value> {
        self.0
    }

    /// As YAML.
    pub(crate) fn text(&self) -> String {
        format!("{HEADING}{}", yaml::write(&self.0))
    }

    /// Accepts this processor and no other, also from a person who is asked.
    pub(crate) fn restrict_architecture(&mut self, architecture: Architecture) {
        if let Some(parameter) =
            self.0.get_mut("Parameters").and_then(|all| all.get_mut("Architecture"))
        {
            *parameter = json!({ "Type": "String", "Default": architecture.name(), "AllowedValues": [architecture.name()] });
        }
    }

    /// The resources of a type, with their ids.
    pub(crate) fn resources<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.0.get("Resources").and_then(Value::as_object).into_iter().flatten();
        all.filter(move |(_, resource)| resource.get("Type").is_some_and(|found| found == kind))
            .map(|(id, resource)| (id.as_str(), resource))
    }

    /// A value by its JSON pointer, such as `/Globals/Function/Timeout`.
    pub(crate) fn at<'a>(&'a self, pointer: &str) -> Option<&'a Value> {
        let (first, rest) =
            pointer.strip_prefix('/')?.split_once('/').unwrap_or((pointer.strip_prefix('/')?, ""));
        let section = self.0.get(first)?;
        if rest.is_empty() { Some(section) } else { section.pointer(&format!("/{rest}")) }
    }
}
