//! The same callable with Firestore as the caller: one document is read per call.

use firebase_callable_google::firestore::{CollectionPath, Firestore};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Output {
    message: String,
}

#[derive(Deserialize)]
struct Note {}

async fn answer(
    firestore: Firestore,
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let path = CollectionPath::new("notes")?.document(caller.uid())?;
    let known = firestore.as_caller(caller).get::<Note>(&path).await?.is_some();
    Ok(Output { message: format!("{}, {} {known}", request.data.text, caller.uid()) })
}

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| Ok(Callable::with(Firestore::from_setup(setup)?, answer)))
}
