//! Firestore's answers with an error: which error it is.

use http::StatusCode;
use serde::Deserialize;

use super::FirestoreError;

/// The longest address that is copied from an answer into an error.
const MAX_URL: usize = 4096;

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

/// Source: google/rpc/status.proto, in the JSON of Google's REST interfaces.
#[derive(Deserialize)]
pub(super) struct ErrorObject {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
}

/// The error of an answer whose status is not 200. A query's answer is an array, in which the error is an element.
pub(super) fn error(status: StatusCode, body: &[u8]) -> FirestoreError {
    // Not one type after the other: serde lets an array fill a struct.
    let is_array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let parsed: Option<ErrorBody> = match is_array {
        true => serde_json::from_slice::<Vec<ErrorBody>>(body).ok().and_then(|mut all| all.pop()),
        false => serde_json::from_slice(body).ok(),
    };
    let object = parsed.map(|body| body.error);
    let error = object.unwrap_or_else(|| ErrorObject {
        code: 0,
        status: String::new(),
        message: String::new(),
    });
    of_object(&error, status.as_u16())
}

/// The error that `object` describes; `status` counts if the object does not have a known name.
pub(super) fn of_object(object: &ErrorObject, status: u16) -> FirestoreError {
    let status = if object.code == 0 { status } else { object.code };
    match object.status.as_str() {
        "PERMISSION_DENIED" => FirestoreError::Denied,
        "UNAUTHENTICATED" => FirestoreError::Token,
        // The text has another beginning if a document is missing.
        "NOT_FOUND" if object.message.starts_with("The database ") => FirestoreError::NoDatabase,
        "NOT_FOUND" => FirestoreError::NotFound,
        "ALREADY_EXISTS" => FirestoreError::Exists,
        "FAILED_PRECONDITION" if object.message.contains(" index") => {
            FirestoreError::Index(index_url(&object.message))
        }
        "FAILED_PRECONDITION" => FirestoreError::Precondition,
        "ABORTED" => FirestoreError::Contention,
        "RESOURCE_EXHAUSTED" => FirestoreError::Exhausted,
        "UNAVAILABLE" => FirestoreError::Unavailable,
        "DEADLINE_EXCEEDED" => FirestoreError::Deadline,
        _ => match status {
            401 => FirestoreError::Token,
            403 => FirestoreError::Denied,
            404 => FirestoreError::NotFound,
            409 => FirestoreError::Contention,
            429 => FirestoreError::Exhausted,
            502 | 503 => FirestoreError::Unavailable,
            504 => FirestoreError::Deadline,
            status => FirestoreError::Refused(status),
        },
    }
}

/// The address at which a missing index can be created: a page of Firebase's console, and nothing else of the text. It
/// names fields and collections of the query, which the program wrote, and no value.
fn index_url(message: &str) -> Option<String> {
    let from = message.find("https://console.firebase.google.com/")?;
    let fits =
        |character: char| character.is_ascii_alphanumeric() || "-._~:/?=&%+".contains(character);
    let url: String = message.get(from..)?.chars().take_while(|c| fits(*c)).collect();
    (url.len() <= MAX_URL).then_some(url)
}
