//! Firestore as the caller: the Security Rules decide.

use firebase_callable_google::firestore::{CollectionPath, Firestore};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    Callable, CallableRequest, ErrorCode, HttpsError, OrError,
    testing::{Call, MockServer, PROJECT},
};

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
}

async fn read_note(
    firestore: Firestore,
    request: CallableRequest<String>,
) -> Result<Note, HttpsError> {
    let path = CollectionPath::new("notes")?.document(&request.data)?;
    let documents = firestore.as_caller(request.require_auth()?);
    let note = documents.get::<Note>(&path).await?;
    Ok(note.or_error(ErrorCode::NotFound, "no such note")?.data)
}

#[tokio::test]
async fn firestore_sees_the_callers_own_token_and_its_refusal_is_permission_denied() {
    let name = format!("projects/{PROJECT}/databases/(default)/documents/notes/n1");
    let note = json!({
        "name": name,
        "fields": {"text": {"stringValue": "hello"}},
        "createTime": "2026-11-01T00:00:00Z",
        "updateTime": "2026-11-01T00:00:00Z",
    });
    let server = MockServer::start(move |request| match request.uri().path().ends_with("/n1") {
        true => (200, note.clone()),
        false => (403, json!({"error": {"code": 403, "status": "PERMISSION_DENIED"}})),
    })
    .await;
    let firestore = Firestore::at(server.url.clone(), PROJECT);
    let call = async |id: &str| {
        let callable = Callable::with(firestore.clone(), read_note);
        Call::with(id).signed_in("ada").to(callable).await
    };
    assert_eq!(call("n1").await.result(), json!({"text": "hello"}));
    assert_eq!(call("n2").await.error()["status"], "PERMISSION_DENIED");
    assert_eq!(call("a/b").await.error()["status"], "INVALID_ARGUMENT");
    for request in server.requests() {
        let bearer = request.headers()["authorization"].to_str().unwrap();
        assert_eq!(bearer.matches('.').count(), 2, "the caller's ID token");
    }
}
