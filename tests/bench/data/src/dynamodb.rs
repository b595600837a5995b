//! The same callable with DynamoDB: one item is read per call.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use firebase_callable_aws::{AwsError, AwsSetup};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Output {
    message: String,
}

async fn answer(table: Client, request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let key = AttributeValue::S(caller.uid().to_owned());
    let read = table.get_item().table_name("notes").key("owner", key).send().await;
    let item = read.map_err(AwsError::from).or_error(ErrorCode::Unavailable, "Unavailable")?;
    let known = item.item.is_some();
    Ok(Output { message: format!("{}, {} {known}", request.data.text, caller.uid()) })
}

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| Ok(Callable::with(Client::new(&setup.aws().await), answer)))
}
