//! What the functions of a local run read from the SAM templates: the DynamoDB tables, and the variables of each
//! function that can be known on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use yaml_serde::Value as Yaml;

use crate::failure::{Failure, Outcome};

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
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) tables: Vec<Table>,
    /// Of all functions.
    common: Vec<(String, Yaml)>,
    /// By the function's id in the template.
    own: BTreeMap<String, Vec<(String, Yaml)>>,
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
    /// Reads the project's template and those of its functions.
    pub(super) fn read(root: &Path, folders: &[String]) -> Outcome<Self> {
        let mut files = vec![PathBuf::from("template.yaml")];
        files.extend(
            folders.iter().map(|folder| Path::new("functions").join(folder).join("template.yaml")),
        );
        let mut data = Self::default();
        for file in files {
            let Ok(text) = std::fs::read_to_string(root.join(&file)) else { continue };
            data.add(&text).map_err(|error| {
                Failure::new(format!("{} cannot be read: {error}", file.display()))
            })?;
        }
        Ok(data)
    }

    fn add(&mut self, text: &str) -> Result<(), yaml_serde::Error> {
        let template: Yaml = yaml_serde::from_str(text)?;
        self.common.extend(variables(at(&template, &["Globals", "Function"])));
        let resources = at(&template, &["Resources"]).and_then(Yaml::as_mapping);
        for (id, resource) in resources.into_iter().flatten() {
            let Some(id) = id.as_str() else { continue };
            let properties = at(resource, &["Properties"]);
            match at(resource, &["Type"]).and_then(Yaml::as_str) {
                Some("AWS::DynamoDB::Table") => {
                    self.tables.extend(properties.map(|found| table(id, found)))
                }
                // A function's own template need not repeat the type.
                Some("AWS::Serverless::Function") | None => {
                    self.own.entry(id.to_owned()).or_default().extend(variables(properties));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The variables of the function `id`: plain values, and names of tables. What exists only after a deployment is
    /// left out.
    pub(super) fn variables_of(&self, id: &str) -> Vec<(String, String)> {
        let own = self.own.get(id).into_iter().flatten();
        let all = self.common.iter().chain(own).filter(|(name, _)| !OWN.contains(&name.as_str()));
        all.filter_map(|(name, value)| Some((name.clone(), self.known(value)?))).collect()
    }

    fn known(&self, value: &Yaml) -> Option<String> {
        let reference = match value {
            Yaml::String(text) => return Some(text.clone()),
            Yaml::Bool(value) => return Some(value.to_string()),
            Yaml::Number(value) => return Some(value.to_string()),
            Yaml::Tagged(tagged) if tagged.tag == "Ref" => tagged.value.as_str(),
            Yaml::Mapping(_) => at(value, &["Ref"]).and_then(Yaml::as_str),
            _ => None,
        }?;
        self.tables.iter().find(|table| table.name == reference).map(|table| table.name.clone())
    }
}

fn at<'a>(value: &'a Yaml, path: &[&str]) -> Option<&'a Yaml> {
    path.iter().try_fold(value, |value, key| value.as_mapping()?.get(*key))
}

fn variables(function: Option<&Yaml>) -> Vec<(String, Yaml)> {
    let found = function.and_then(|function| at(function, &["Environment", "Variables"]));
    let found = found.and_then(Yaml::as_mapping).into_iter().flatten();
    found.filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value.clone()))).collect()
}

fn table(id: &str, properties: &Yaml) -> Table {
    let mut create = Map::from_iter([("BillingMode".to_owned(), json!("PAY_PER_REQUEST"))]);
    for part in PARTS {
        let value = at(properties, &[part]).and_then(|value| serde_json::to_value(value).ok());
        create.extend(value.map(|value| (part.to_owned(), value)));
    }
    create.insert("TableName".to_owned(), json!(id));
    let expiry = at(properties, &["TimeToLiveSpecification"])
        .filter(|found| at(found, &["Enabled"]).and_then(Yaml::as_bool) == Some(true))
        .and_then(|found| at(found, &["AttributeName"]))
        .and_then(Yaml::as_str)
        .map(str::to_owned);
    Table { name: id.to_owned(), create: Value::Object(create), expiry }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Data;

    const TEMPLATE: &str = "
Globals:
  Function:
    Environment:
      Variables:
        FIREBASE_PROJECT_ID: !Ref FirebaseProjectId
        GREETING: Hello
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      AttributeDefinitions: [{ AttributeName: owner, AttributeType: S }]
      KeySchema: [{ AttributeName: owner, KeyType: HASH }]
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  CreateNoteFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/create-note
      Environment:
        Variables:
          NOTES_TABLE: !Ref Notes
          NOTES_LIMIT: 30
          QUEUE_URL: !GetAtt Queue.Url
          TOPIC: !Ref Topic
          CALLABLE_RESPONSE_MODE: stream
  Topic:
    Type: AWS::SNS::Topic
";
    const FRAGMENT: &str = "
Resources:
  ListNotesFunction:
    Properties: { Environment: { Variables: { NOTES_TABLE: { Ref: Notes }, NOTES_LIMIT: 40 } } }
";

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_function_has_its_own_variables_plain_ones_and_names_of_tables() {
        let mut data = Data::default();
        data.add(TEMPLATE).unwrap();
        data.add(FRAGMENT).unwrap();
        for (id, own) in [
            ("CreateNoteFunction", &[("NOTES_TABLE", "Notes"), ("NOTES_LIMIT", "30")][..]),
            ("ListNotesFunction", &[("NOTES_TABLE", "Notes"), ("NOTES_LIMIT", "40")]),
            ("OtherFunction", &[]),
        ] {
            let all = [pairs(&[("GREETING", "Hello")]), pairs(own)].concat();
            assert_eq!(data.variables_of(id), all, "{id}");
        }
    }

    #[test]
    fn a_table_has_what_its_creation_needs() {
        let mut data = Data::default();
        data.add(TEMPLATE).unwrap();
        let [table] = data.tables.as_slice() else { panic!("one table: {data:?}") };
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

    #[test]
    fn a_template_may_be_empty_and_must_be_yaml() {
        let mut data = Data::default();
        data.add("# nothing\n").unwrap();
        assert!(data.tables.is_empty() && data.variables_of("X").is_empty());
        assert!(data.add("Resources: [").is_err());
    }
}
