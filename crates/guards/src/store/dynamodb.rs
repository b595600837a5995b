//! The table in DynamoDB. Source: DynamoDB API reference, `PutItem`, `UpdateItem`, `DeleteItem`, `GetItem`.
//!
//! | attribute | what |
//! |---|---|
//! | `pk` | the key: a hash |
//! | `claim`, `data` | of a claim: its random id, a hash of the call's `data` |
//! | `until` | when the record ends, in milliseconds since 1970 |
//! | `answer`, `large` | of a finished call: its answer, or that it was too large |
//! | `n0` to `n127` | counters |
//! | `expires` | when DynamoDB may delete the item, in seconds since 1970 |
//!
//! None of them is called `id`, as the key of many tables is: such a table would take every claim as a new item.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Config,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    primitives::Blob,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use firebase_callable_aws::AwsError;

use super::{Answer, COUNTERS, Claim, Counts, Kept, Millis, Progress, Record, Store, StoreError};

/// Items are deleted some time after they have ended. Until then, they are treated as ended by their `until`.
const DELETE_AFTER_S: u64 = 60;

#[derive(Debug, Clone)]
pub(crate) struct DynamoDb {
    client: Client,
    table: String,
}

type Attributes = HashMap<String, AttributeValue>;

impl DynamoDb {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl Store for DynamoDb {
    fn claim<'a>(&'a self, claim: &'a Claim, now: Millis) -> Answer<'a, Option<Record>> {
        Box::pin(async move {
            let answer = self
                .client
                .put_item()
                .table_name(&self.table)
                .item("pk", text(&claim.key))
                .item("claim", text(&claim.id))
                .item("data", text(&claim.data))
                .item("until", number(claim.until))
                .item("expires", expires(claim.until))
                .condition_expression("attribute_not_exists(pk) OR #until <= :now")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":now", number(now))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
                .await;
            match answer {
                Ok(_) => Ok(None),
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(held)) => {
                        Ok(Some(record(held.item().ok_or(StoreError::WrongKey)?)))
                    }
                    _ => Err(problem(error)),
                },
            }
        })
    }

    fn finish<'a>(&'a self, claim: &'a Claim, result: Kept<'a>, until: Millis) -> Answer<'a, bool> {
        Box::pin(async move {
            let (name, value) = match result {
                Kept::Answer(answer) => ("answer", AttributeValue::B(Blob::new(answer))),
                Kept::TooLarge => ("large", AttributeValue::Bool(true)),
            };
            let answer = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("pk", text(&claim.key))
                .update_expression("SET #result = :result, #until = :until, expires = :expires")
                .condition_expression("claim = :id")
                .expression_attribute_names("#result", name)
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":result", value)
                .expression_attribute_values(":until", number(until))
                .expression_attribute_values(":expires", expires(until))
                .expression_attribute_values(":id", text(&claim.id))
                .send()
                .await;
            match answer {
                Ok(_) => Ok(true),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                    _ => Err(problem(error)),
                },
            }
        })
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> Answer<'a, ()> {
        Box::pin(async move {
            let answer = self
                .client
                .delete_item()
                .table_name(&self.table)
                .key("pk", text(&claim.key))
                .condition_expression("claim = :id")
                .expression_attribute_values(":id", text(&claim.id))
                .send()
                .await;
            match answer {
                Ok(_) => Ok(()),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
                {
                    Ok(())
                }
                Err(error) => Err(problem(error)),
            }
        })
    }

    fn add<'a>(&'a self, key: &'a str, counter: u64, by: i32, until: Millis) -> Answer<'a, Counts> {
        Box::pin(async move {
            let request = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("pk", text(key))
                .update_expression("ADD #counter :by SET expires = :expires")
                .expression_attribute_names("#counter", format!("n{counter}"))
                .expression_attribute_values(":by", AttributeValue::N(by.to_string()))
                .expression_attribute_values(":expires", expires(until))
                .return_values(ReturnValue::AllNew)
                .customize();
            // A request whose answer was lost is sent again, and then counts twice: calls may be refused that could be
            // admitted. The other way round must not happen.
            let request = match by {
                ..0 => {
                    request.config_override(Config::builder().retry_config(RetryConfig::disabled()))
                }
                _ => request,
            };
            let answer = request.send().await;
            Ok(counts(&answer.map_err(problem)?.attributes.unwrap_or_default()))
        })
    }

    fn counts<'a>(&'a self, key: &'a str) -> Answer<'a, Counts> {
        Box::pin(async move {
            let request = self.client.get_item().table_name(&self.table).key("pk", text(key));
            let answer = request.consistent_read(true).send().await;
            Ok(counts(&answer.map_err(problem)?.item.unwrap_or_default()))
        })
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn expires(until: Millis) -> AttributeValue {
    number((until / 1000).saturating_add(DELETE_AFTER_S))
}

fn record(item: &Attributes) -> Record {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let answer = item.get("answer").and_then(|value| value.as_b().ok());
    let result = match answer {
        Some(answer) => Progress::Finished(answer.as_ref().to_vec()),
        None if item.contains_key("large") => Progress::TooLarge,
        None => Progress::Running,
    };
    let (id, data) = (text("claim").unwrap_or_default(), text("data").unwrap_or_default());
    Record { id, data, result }
}

fn counts(item: &Attributes) -> Counts {
    let counter = |name: &str| name.strip_prefix('n')?.parse().ok().filter(|n| *n < COUNTERS);
    let count = |value: &AttributeValue| value.as_n().ok()?.parse().ok();
    let counts = item.iter().filter_map(|(name, value)| Some((counter(name)?, count(value)?)));
    counts.filter(|(_, count)| *count > 0).collect()
}

fn problem<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match AwsError::from(&error) {
        AwsError::Other(code, _) if code == "ValidationException" => StoreError::WrongKey,
        error => StoreError::Aws(error),
    }
}
