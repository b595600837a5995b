//! Reads a document of Firestore as the caller, whom the Security Rules admit or refuse: put what your callable does here.

use firebase_callable_google::firestore::{CollectionPath, Firestore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

#[derive(Deserialize, JsonSchema)]
struct Input {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Note {
    text: String,
}

/// Reads a note as the caller.
async fn {{ handler }}(
    firestore: Firestore,
    request: CallableRequest<Input>,
) -> Result<Note, HttpsError> {
    let caller = request.require_auth()?;
    let path = CollectionPath::new("notes")?.document(&request.data.id)?;
    let note = firestore.as_caller(caller).get::<Note>(&path).await?;
    Ok(note.or_error(ErrorCode::NotFound, "There is no such note")?.data)
}

pub(crate) fn callable(firestore: Firestore) -> Callable {
    Callable::typed_with(firestore, {{ handler }})
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::testing::{Answer, Call, MockServer, PROJECT};

    use super::*;

    /// Calls the function; a server takes the place of Firestore, and answers with this.
    async fn read(status: u16, reply: Value) -> Answer {
        let server = MockServer::start(move |_| (status, reply.clone())).await;
        let firestore = Firestore::at(server.url.clone(), PROJECT);
        Call::with(json!({"id": "n1"})).signed_in("ada").to(callable(firestore)).await
    }

    #[tokio::test]
    async fn reads_a_note() {
        let note = json!({
            "name": format!("projects/{PROJECT}/databases/(default)/documents/notes/n1"),
            "fields": {"text": {"stringValue": "milk"}},
            "createTime": "2026-01-01T00:00:00Z",
            "updateTime": "2026-01-01T00:00:00Z",
        });
        assert_eq!(read(200, note).await.result(), json!({"text": "milk"}));
    }

    #[tokio::test]
    async fn the_rules_may_refuse() {
        let refusal = json!({"error": {"code": 403, "status": "PERMISSION_DENIED"}});
        assert_eq!(read(403, refusal).await.error()["status"], "PERMISSION_DENIED");
    }
}
