//! A project's template.yaml from the time when it was the whole template: what the tool writes now goes.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::reduce::{Known, reduced};
use crate::failure::Outcome;
use crate::template::{self, PREFLIGHTS};
use crate::workspace::Workspace;

/// The functions whose routes stream in this template.
pub(super) fn streaming(text: &str, workspace: &Workspace) -> Outcome<Vec<String>> {
    let template = template::read(Path::new("template.yaml"), text)?;
    let streams = |id: &str| {
        let events = template
            .get("Resources")
            .and_then(|all| all.pointer(&format!("/{id}/Properties/Events")));
        let all = events.and_then(Value::as_object).into_iter().flatten();
        all.into_iter()
            .any(|(_, event)| event.pointer("/Properties/ResponseTransferMode").is_some())
    };
    let new = workspace
        .functions
        .iter()
        .filter(|function| !function.stream && streams(&function.logical_id()));
    Ok(new.map(|function| function.folder.clone()).collect())
}

/// The template without what the tool writes; nothing if it would not mean the same, or was no whole template.
pub(super) fn own_part(text: &str, workspace: &Workspace) -> Outcome<Option<String>> {
    let file = Path::new("template.yaml");
    let whole = template::read(file, text)?;
    if !whole.contains_key("Transform") {
        return Ok(None);
    }
    let code = |folder: &str| format!("target/lambda/{folder}");
    let now = Value::Object(template::render(workspace, false, &code)?.into_value());
    let mut before = template::read(
        Path::new("deployment/template-0.1.yaml"),
        include_str!("../../deployment/template-0.1.yaml"),
    )?;
    let mut resources = Map::new();
    for function in &workspace.functions {
        resources.insert(function.logical_id(), function_before(&function.folder));
    }
    if let Some(Value::Object(all)) = before.get_mut("Resources") {
        all.retain(|_, resource| {
            resource.get("Type").is_none_or(|kind| kind != "AWS::Serverless::Function")
        });
        all.extend(resources);
    }
    // Something of the old template that the tool does not write now, such as a parameter of Clerk's, is the project's own.
    for (section, entries) in &mut before {
        if let Value::Object(entries) = entries {
            entries.retain(|key, _| {
                now.get(section).is_some_and(|section| section.get(key).is_some())
            });
        }
    }
    let version = json!({ "AWSTemplateFormatVersion": whole.get("AWSTemplateFormatVersion"), "Description": whole.get("Description") });
    let before = Value::Object(before);
    let known = Known(vec![&now, &before, &version]);
    let own = reduced(&text.replace("\r\n", "\n"), &whole, &known);
    Ok(own.map(|own| if text.contains("\r\n") { own.replace('\n', "\r\n") } else { own }))
}

/// What the tool before 0.2 wrote for a function, where it differs from what is written now.
fn function_before(folder: &str) -> Value {
    let event = |path: &str| json!({ "Type": "Api", "Properties": { "RestApiId": { "Ref": "Api" }, "Path": path, "Method": "OPTIONS" } });
    let preflights: Map<_, _> =
        PREFLIGHTS.iter().map(|(name, path)| ((*name).to_owned(), event(path))).collect();
    json!({
        "Metadata": { "BuildMethod": "rust-cargolambda" },
        "Properties": { "CodeUri": format!("functions/{folder}"), "Events": preflights },
    })
}
