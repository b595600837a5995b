//! Shows a note to another user: writes it into Firestore below that user, where their app sees it at once. The document
//! is written with the caller's own ID token, so the app's Security Rules decide who may share with whom, and this
//! function has no service account.

use firebase_callable_google::firestore::{CollectionPath, Firestore};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Share {
    id: String,
    with: String,
    title: String,
}

#[derive(Serialize)]
struct Shared {
    from: String,
    title: String,
}

async fn share_note(
    firestore: Firestore,
    request: CallableRequest<Share>,
) -> Result<(), HttpsError> {
    let caller = request.require_auth()?;
    let Share { id, with, title } = &request.data;
    // An id with a slash in it is refused here: it cannot lead to another document.
    let inbox = CollectionPath::new("users")?.document(with)?.collection("shared")?;
    let shared = Shared { from: caller.uid().to_owned(), title: title.clone() };
    firestore.as_caller(caller).create(&inbox.document(id)?, &shared).await?;
    Ok(())
}

pub(crate) fn callable(firestore: Firestore) -> Callable {
    Callable::with(firestore, share_note)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::testing::{Answer, Call, MockServer, PROJECT};

    use super::*;

    /// What the caller gets, and the paths that Firestore is asked for.
    async fn share(data: Value, status: u16, reply: Value) -> (Answer, Vec<String>) {
        let server = MockServer::start(move |_| (status, reply.clone())).await;
        let firestore = Firestore::at(server.url.clone(), PROJECT);
        let answer = Call::with(data).signed_in("ada").to(callable(firestore)).await;
        let requests = server.requests();
        for request in &requests {
            let token = request.headers()["authorization"].to_str().unwrap();
            assert!(token.starts_with("Bearer ey"), "the caller's own token");
        }
        (answer, requests.iter().map(|request| request.uri().to_string()).collect())
    }

    fn note(id: &str, with: &str) -> Value {
        json!({"id": id, "with": with, "title": "Shopping"})
    }

    #[tokio::test]
    async fn a_note_appears_below_the_other_user() {
        let documents = format!("projects/{PROJECT}/databases/(default)/documents");
        let created = json!({
            "name": format!("{documents}/users/bob/shared/n1"),
            "fields": {},
            "createTime": "2026-11-26T10:00:00Z",
            "updateTime": "2026-11-26T10:00:00Z",
        });
        let (answer, paths) = share(note("n1", "bob"), 200, created).await;
        assert_eq!(answer.result(), Value::Null);
        assert_eq!(paths, [format!("/v1/{documents}/users/bob/shared?documentId=n1")]);
    }

    #[tokio::test]
    async fn the_rules_may_refuse() {
        let refusal = json!({"error": {"code": 403, "status": "PERMISSION_DENIED"}});
        let (answer, _) = share(note("n1", "bob"), 403, refusal).await;
        assert_eq!(answer.error()["status"], "PERMISSION_DENIED");
    }

    #[tokio::test]
    async fn an_id_cannot_lead_to_another_document() {
        for (id, with) in [("a/b", "bob"), ("n1", "../ada"), ("", "bob"), (".", "bob")] {
            let (answer, paths) = share(note(id, with), 200, json!({})).await;
            assert_eq!(answer.error()["status"], "INVALID_ARGUMENT", "{id} {with}");
            assert!(paths.is_empty());
        }
    }
}
