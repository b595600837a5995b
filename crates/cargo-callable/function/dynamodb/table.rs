//! Texts in DynamoDB. The key of an item is its owner and its id.

use std::future::Future;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use firebase_callable_aws::{AwsError, AwsSetup};
use shared::host::{Setup, StartError};

/// What the handler needs of a database: [`Table`] in production, a fake in tests.
pub(crate) trait Texts: Clone + Send + Sync + 'static {
    fn put(
        &self,
        owner: &str,
        id: &str,
        text: &str,
    ) -> impl Future<Output = Result<(), AwsError>> + Send;

    fn get(
        &self,
        owner: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<String>, AwsError>> + Send;
}

#[derive(Clone)]
pub(crate) struct Table {
    dynamodb: Client,
    name: String,
}

impl Table {
    /// The table that `{{ variable }}_TABLE` names.
    pub(crate) async fn open(setup: &Setup) -> Result<Self, StartError> {
        let name = setup.variable("{{ variable }}_TABLE").required("the name of the table")?;
        Ok(Self { dynamodb: Client::new(&setup.aws().await), name })
    }
}

impl Texts for Table {
    async fn put(&self, owner: &str, id: &str, text: &str) -> Result<(), AwsError> {
        let put = self.dynamodb.put_item().table_name(&self.name);
        let put = put.item("owner", value(owner)).item("id", value(id)).item("text", value(text));
        put.send().await?;
        Ok(())
    }

    async fn get(&self, owner: &str, id: &str) -> Result<Option<String>, AwsError> {
        let get = self.dynamodb.get_item().table_name(&self.name).consistent_read(true);
        let item = get.key("owner", value(owner)).key("id", value(id)).send().await?.item;
        Ok(item.as_ref().and_then(|item| item.get("text")?.as_s().ok().cloned()))
    }
}

fn value(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
