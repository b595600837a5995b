//! The same callable with the crate `firestore`, as the service account: the client is made when a text asks for it.

use firebase_callable_google::{Google, firestore::AsServiceAccount};
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

#[derive(Deserialize)]
struct Note {}

async fn answer(
    firestore: AsServiceAccount,
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let mut known = false;
    if request.data.text == "read" {
        let db = firestore.db().await.or_error(ErrorCode::Unavailable, "Unavailable")?;
        let one = db.fluent().select().by_id_in("notes").obj::<Note>().one(caller.uid());
        known = one.await.or_internal()?.is_some();
    }
    Ok(Output { message: format!("{}, {} {known}", request.data.text, caller.uid()) })
}

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        Ok(Callable::with(Google::of_any_project(setup)?.firestore(), answer))
    })
}
