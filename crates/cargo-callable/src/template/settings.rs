//! Settings of `[workspace.metadata.callable]` that change the template where a parameter cannot: SAM adds policies and
//! versions by what a template has, and not by the value of a condition.

use serde_json::{Map, Value, json};

use super::merge::merge;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Settings that are read here.
const GRADUAL: &str = "gradual-deployment";
const VPC: &str = "vpc";

/// Adds what the settings ask for.
pub(crate) fn apply(workspace: &Workspace, template: &mut Map<String, Value>) -> Outcome<()> {
    let wrong = |name: &str, needs: &str| {
        Failure::new(format!("Cargo.toml, [workspace.metadata.callable]: {name} must be {needs}"))
    };
    let architecture = workspace.architecture()?.name();
    add(template, json!({ "Parameters": { "Architecture": { "Default": architecture } } }));
    match workspace.settings.get(GRADUAL) {
        None => {}
        // With the alias, each deployment publishes a version, and calls move to it step by step.
        Some(Value::String(kind)) => add(
            template,
            json!({ "Globals": { "Function": {
            "AutoPublishAlias": "live",
            "DeploymentPreference": { "Type": kind },
        } } }),
        ),
        Some(_) => {
            return Err(wrong(
                GRADUAL,
                "the name of a deployment of CodeDeploy, such as \"Canary10Percent5Minutes\"",
            ));
        }
    }
    match workspace.settings.get(VPC) {
        None | Some(Value::Bool(false)) => {}
        Some(Value::Bool(true)) => add(template, vpc()),
        Some(_) => return Err(wrong(VPC, "true or false")),
    }
    Ok(())
}

fn add(template: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        merge(template, more);
    }
}

/// Functions in a VPC. They need a way to Google's keys: a NAT gateway, or a mirror of the keys (`IdTokenKeysUrl`).
fn vpc() -> Value {
    let ids = |what: &str, pattern: &str| {
        json!({
            "Type": "CommaDelimitedList",
            "Description": format!("Ids of the {what} of the functions, separated by commas."),
            "AllowedPattern": pattern,
        })
    };
    json!({
        "Parameters": {
            "SubnetIds": ids("subnets", "^subnet-[0-9a-f]+$"),
            "SecurityGroupIds": ids("security groups", "^sg-[0-9a-f]+$"),
        },
        "Globals": { "Function": { "VpcConfig": {
            "SubnetIds": { "Ref": "SubnetIds" },
            "SecurityGroupIds": { "Ref": "SecurityGroupIds" },
        } } },
    })
}
