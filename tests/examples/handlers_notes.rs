//! The function of docs/handlers.md that stores a note: state, configuration, DynamoDB, a test with a fake.
#![allow(missing_docs, unreachable_pub, reason = "an example")]

use std::{future::Future, process::ExitCode, sync::Arc};

use anyhow::Context;
use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError};
use firebase_callable_aws::{AwsError, AwsSetup};
use serde::{Deserialize, Serialize};
use shared::{
    Callable, CallableRequest, ErrorCode, HttpsError, OrError,
    host::{Setup, StartError},
};

#[derive(Deserialize)]
pub struct NewNote {
    id: String, // made by the app, so that a repeated call does not make a second note
    text: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    pub owner: String,
    pub id: String,
    pub text: String,
}

pub async fn create_note<N: Notes>(
    notes: Arc<N>,
    request: CallableRequest<NewNote>,
) -> Result<Note, HttpsError> {
    let owner = request.require_auth()?.uid().to_owned();
    let NewNote { id, text } = request.data;
    if id.is_empty() || text.is_empty() {
        return Err(HttpsError::invalid_argument("a note needs an id and a text"));
    }
    let note = Note { owner, id, text };
    let is_new = notes.add(&note).await.or_error(ErrorCode::Unavailable, "try again")?;
    if is_new { Ok(note) } else { Err(HttpsError::already_exists("you have this note")) }
}

/// What the handler needs of a database: a table in production, a list in tests.
pub trait Notes: Send + Sync + 'static {
    /// False if the owner has a note of this id.
    fn add(&self, note: &Note) -> impl Future<Output = anyhow::Result<bool>> + Send;
}

struct Table {
    dynamodb: Client,
    name: String,
}

impl Table {
    async fn open(setup: &Setup) -> Result<Self, StartError> {
        let name = setup.variable("NOTES_TABLE").required("the name of the table of notes")?;
        Ok(Self { dynamodb: Client::new(&setup.aws().await), name })
    }
}

impl Notes for Table {
    async fn add(&self, note: &Note) -> anyhow::Result<bool> {
        let put = self.dynamodb.put_item().table_name(&self.name);
        let put = put.set_item(Some(serde_dynamo::to_item(note)?));
        match put.condition_expression("attribute_not_exists(id)").send().await {
            Ok(_) => Ok(true),
            Err(error) if exists(error.as_service_error()) => Ok(false),
            Err(error) => Err(AwsError::from(error)).context("NOTES_TABLE cannot be written"),
        }
    }
}

fn exists(error: Option<&PutItemError>) -> bool {
    error.is_some_and(PutItemError::is_conditional_check_failed_exception)
}

fn main() -> ExitCode {
    shared::run_with(async |setup| {
        let notes = Arc::new(Table::open(setup).await?);
        Ok(Callable::with(notes, create_note))
    })
}
