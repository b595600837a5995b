//! What the functions of a local run read from the SAM templates: the DynamoDB tables, and the variables of each
//! function that can be known on this machine.

use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::template::{self, Template};
use crate::workspace::Workspace;

/// Set by the local run itself, whatever a template says.
const OWN: [&str; 2] = ["CALLABLE_RESPONSE_MODE", "FIREBASE_PROJECT_ID"];
/// The parts of a table that its creation needs.
const PARTS: [&str; 6] = [
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
];

/// The tables and variables of a project.
pub(super) struct Data {
    pub(super) tables: Vec<Table>,
    template: Template,
}

/// A table, named by its id in the template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) name: String,
    /// The body of DynamoDB's `CreateTable`.
    pub(super) create: Value,
    /// The attribute after whose time an item goes.
    pub(super) expiry: Option<String>,
}

impl Data {
    /// Reads the project's template, which the tool writes from its parts.
    pub(super) fn read(workspace: &Workspace) -> Outcome<Self> {
        template::render(workspace, true, &str::to_owned).map(Self::of)
    }

    fn of(template: Template) -> Self {
        let tables = template.resources("AWS::DynamoDB::Table");
        let tables = tables.map(|(id, resource)| table(id, resource.get("Properties"))).collect();
        Self { tables, template }
    }

    /// The variables of the function `id`: plain values, and names of tables. What exists only after a deployment is
    /// left out.
    pub(super) fn variables_of(&self, id: &str) -> Vec<(String, String)> {
        let common = self.template.at("/Globals/Function/Environment/Variables");
        let own = self.template.at(&format!("/Resources/{id}/Properties/Environment/Variables"));
        let maps = [common, own].into_iter().flatten().filter_map(Value::as_object);
        maps.flatten()
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .filter_map(|(name, value)| Some((name.clone(), self.known(value)?)))
            .collect()
    }

    fn known(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => return Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => return Some(value.to_string()),
            _ => {}
        }
        let id = value.get("Ref")?.as_str()?;
        self.tables.iter().find(|table| table.name == id).map(|table| table.name.clone())
    }
}

fn table(id: &str, properties: Option<&Value>) -> Table {
    let part = |name: &str| properties.and_then(|properties| properties.get(name));
    let mut create = Map::from_iter([("BillingMode".to_owned(), json!("PAY_PER_REQUEST"))]);
    create.extend(PARTS.iter().filter_map(|name| Some(((*name).to_owned(), part(name)?.clone()))));
    create.insert("TableName".to_owned(), json!(id));
    let expiry = part("TimeToLiveSpecification")
        .filter(|found| found.get("Enabled") == Some(&Value::Bool(true)))
        .and_then(|found| found.get("AttributeName")?.as_str())
        .map(str::to_owned);
    Table { name: id.to_owned(), create: Value::Object(create), expiry }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Data, Template};

    fn data() -> Data {
        let variables = |variables: Value| {
            json!({
                "Type": "AWS::Serverless::Function",
                "Properties": { "Environment": { "Variables": variables } },
            })
        };
        let notes = json!({
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "Properties": {
                "AttributeDefinitions": [{ "AttributeName": "owner", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
                "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
                "TimeToLiveSpecification": { "AttributeName": "expires", "Enabled": true },
            },
        });
        let common = json!({ "FIREBASE_PROJECT_ID": { "Ref": "Id" }, "GREETING": "Hello" });
        let template = json!({
            "Globals": { "Function": { "Environment": { "Variables": common } } },
            "Resources": {
                "Notes": notes,
                "CreateNoteFunction": variables(json!({
                    "NOTES_TABLE": { "Ref": "Notes" },
                    "NOTES_LIMIT": 30,
                    "QUEUE_URL": { "Fn::GetAtt": ["Queue", "Url"] },
                    "TOPIC": { "Ref": "Topic" },
                    "CALLABLE_RESPONSE_MODE": "stream",
                })),
                "ListNotesFunction": variables(json!({ "NOTES_LIMIT": 40, "GREETING": "Hi" })),
            },
        });
        Data::of(Template::from(template.as_object().cloned().unwrap_or_else(Map::new)))
    }

    #[test]
    fn each_function_has_its_own_variables_plain_ones_and_names_of_tables() {
        for (id, all) in [
            (
                "CreateNoteFunction",
                &[("GREETING", "Hello"), ("NOTES_TABLE", "Notes"), ("NOTES_LIMIT", "30")][..],
            ),
            (
                "ListNotesFunction",
                &[("GREETING", "Hello"), ("NOTES_LIMIT", "40"), ("GREETING", "Hi")],
            ),
            ("OtherFunction", &[("GREETING", "Hello")]),
        ] {
            let found = data().variables_of(id);
            let found: Vec<_> =
                found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, all, "{id}: later ones win");
        }
    }

    #[test]
    fn a_table_has_what_its_creation_needs() {
        let data = data();
        let [table] = data.tables.as_slice() else { panic!("one table: {:?}", data.tables) };
        assert_eq!(
            table.create,
            json!({
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{ "AttributeName": "owner", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
                "TableName": "Notes",
            })
        );
        assert_eq!(table.expiry.as_deref(), Some("expires"));
    }
}
