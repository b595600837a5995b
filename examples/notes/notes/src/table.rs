//! Notes in DynamoDB. The key of an item is its owner and its id, so one query reads a page of one owner.

use anyhow::Context;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use firebase_callable_aws::{AwsError, AwsSetup};
use shared::host::{Setup, StartError};

use crate::{Note, Notes};

#[derive(Debug, Clone)]
pub struct Table {
    dynamodb: Client,
    name: String,
}

impl Table {
    /// The table that `NOTES_TABLE` names.
    pub async fn open(setup: &Setup) -> Result<Self, StartError> {
        let name = setup.variable("NOTES_TABLE").required("the name of the table of notes")?;
        Ok(Self { dynamodb: Client::new(&setup.aws().await), name })
    }
}

impl Notes for Table {
    async fn add(&self, note: Note) -> anyhow::Result<()> {
        let put = self.dynamodb.put_item().table_name(&self.name);
        let put = put.set_item(Some(serde_dynamo::to_item(note)?)).send().await;
        put.map_err(AwsError::from).context("the table of NOTES_TABLE cannot be written")?;
        Ok(())
    }

    async fn page(&self, owner: &str, before: Option<&str>, size: u8) -> anyhow::Result<Vec<Note>> {
        let query = self.dynamodb.query().table_name(&self.name).limit(size.into());
        let query = query.scan_index_forward(false);
        let query = query.expression_attribute_names("#owner", "owner");
        let query = query.expression_attribute_values(":owner", AttributeValue::S(owner.into()));
        let query = match before {
            None => query.key_condition_expression("#owner = :owner"),
            Some(id) => query
                .key_condition_expression("#owner = :owner AND id < :before")
                .expression_attribute_values(":before", AttributeValue::S(id.into())),
        };
        let answer = query.send().await.map_err(AwsError::from);
        let answer = answer.context("the table of NOTES_TABLE cannot be read")?;
        Ok(serde_dynamo::from_items(answer.items.unwrap_or_default())?)
    }
}
