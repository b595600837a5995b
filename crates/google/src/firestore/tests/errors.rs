//! Every error of Firestore: its code, and that neither Firestore's text nor a token reaches a client.

use shared::net::SendError;

use super::*;

const SECRET: &str = "text of Firestore's about documents/notes/n1";

#[tokio::test]
async fn every_status_becomes_the_code_that_a_client_should_see() {
    use ErrorCode as Code;
    // The HTTP status, the name in the body, the client's code.
    let cases = [
        (403, "PERMISSION_DENIED", Code::PermissionDenied),
        (401, "UNAUTHENTICATED", Code::Unauthenticated),
        (404, "NOT_FOUND", Code::NotFound),
        (409, "ALREADY_EXISTS", Code::AlreadyExists),
        (409, "ABORTED", Code::Aborted),
        (400, "FAILED_PRECONDITION", Code::FailedPrecondition),
        (429, "RESOURCE_EXHAUSTED", Code::ResourceExhausted),
        (503, "UNAVAILABLE", Code::Unavailable),
        (504, "DEADLINE_EXCEEDED", Code::DeadlineExceeded),
        (400, "INVALID_ARGUMENT", Code::Internal),
        (500, "INTERNAL", Code::Internal),
        (501, "UNIMPLEMENTED", Code::Internal),
        // Without a name that we know, the HTTP status counts.
        (401, "", Code::Unauthenticated),
        (403, "", Code::PermissionDenied),
        (404, "", Code::NotFound),
        (409, "", Code::Aborted),
        (429, "", Code::ResourceExhausted),
        (502, "", Code::Unavailable),
        (503, "", Code::Unavailable),
        (504, "", Code::DeadlineExceeded),
        (302, "", Code::Internal),
        (418, "NEW", Code::Internal),
    ];
    for (status, name, code) in cases {
        let body = json!({"error": {"code": status, "message": SECRET, "status": name}});
        let (_server, caller) = answering(status, body).await;
        let error = caller.set(&n1(), &note()).await.unwrap_err();
        assert_eq!(error.code(), code, "{status} {name}");
        let operator = error.to_string();
        assert!(operator.starts_with("Firestore: ") && !operator.contains("notes"), "{operator}");
        let client = HttpsError::from(error);
        assert_eq!(client.code(), code);
        assert!(!client.message().contains("Firestore"), "{}", client.message());
        assert_eq!(client.details(), None);
        assert_eq!(client.source().unwrap().to_string(), operator);
    }
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_not_a_missing_document() {
    let message = "The database (default) does not exist for project test-project";
    let body = json!({"error": {"code": 404, "message": message, "status": "NOT_FOUND"}});
    let (_server, caller) = answering(404, body).await;
    assert_eq!(caller.get::<Note>(&n1()).await, Err(FirestoreError::NoDatabase));
}

#[tokio::test]
async fn reads_are_repeated_once_and_writes_only_if_nothing_was_sent() {
    let (server, caller) = answering(503, json!({})).await;
    assert_eq!(caller.get::<Note>(&n1()).await, Err(FirestoreError::Unavailable));
    assert_eq!(server.requests().len(), 2);
    assert_eq!(caller.set(&n1(), &note()).await, Err(FirestoreError::Unavailable));
    assert_eq!(caller.delete(&n1()).await, Err(FirestoreError::Unavailable));
    assert_eq!(server.requests().len(), 4);
    for status in [401, 403, 429, 500] {
        let (server, caller) = answering(status, json!({})).await;
        caller.get::<Note>(&n1()).await.unwrap_err();
        assert_eq!(server.requests().len(), 1, "{status}");
    }
    let nowhere = Firestore::at(shared::testing::nowhere().await, PROJECT);
    let outcome = nowhere.as_caller(&ada().await).set(&n1(), &note()).await;
    assert_eq!(outcome, Err(FirestoreError::Send(SendError::Refused)));
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn a_firestore_that_hangs_ends_the_operation_before_the_calls_deadline() {
    let (server, caller) = answering(0, json!({})).await;
    let asking = async {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
        let outcome = shared::fetched::until(deadline, caller.get::<Note>(&n1())).await;
        (outcome, deadline.saturating_duration_since(tokio::time::Instant::now()))
    };
    let (outcome, left) = crate::tests::times_out(&server, asking).await;
    assert_eq!(outcome, Err(FirestoreError::Deadline));
    assert!(!left.is_zero(), "time is left to answer");
}

#[tokio::test]
async fn a_firestore_that_hangs_ends_an_operation_without_a_deadline_too() {
    let (server, caller) = answering(0, json!({})).await;
    let outcome = crate::tests::times_out(&server, caller.get::<Note>(&n1())).await;
    assert_eq!(outcome, Err(FirestoreError::Deadline), "without a deadline, after five seconds");
}

#[tokio::test]
async fn a_handler_passes_the_code_on_with_a_question_mark() {
    let (server, _) = answering(403, json!({"error": {"message": SECRET}})).await;
    let firestore = Firestore::at(server.url.clone(), PROJECT);
    let read = async |id: &str| {
        let firestore = firestore.clone();
        let handler = move |request: CallableRequest<String>| {
            let firestore = firestore.clone();
            async move {
                let path = CollectionPath::new("notes")?.document(&request.data)?;
                let caller = firestore.as_caller(request.require_auth()?);
                Ok(caller.get::<Note>(&path).await?.map(|note| note.data.text))
            }
        };
        Call::with(id).signed_in("ada").to(Callable::new(handler)).await
    };
    let denied = json!({"message": "Permission denied", "status": "PERMISSION_DENIED"});
    assert_eq!(read("n1").await.error(), denied);
    assert_eq!(read("../users/eve").await.error()["status"], "INVALID_ARGUMENT");
}

#[tokio::test]
async fn without_an_emulator_a_local_run_sends_nothing_to_google() {
    let firestore = Firestore::new(None, PROJECT, "(default)");
    let error = firestore.as_caller(&ada().await).get::<Note>(&n1()).await.unwrap_err();
    assert_eq!(error, FirestoreError::NoEmulator);
    assert!(error.to_string().contains("FIRESTORE_EMULATOR_HOST is not set"));
}

#[test]
fn an_emulator_is_on_this_machine() {
    for (host, accepted) in [
        ("127.0.0.1:8080", true),
        ("localhost:8080", true),
        ("[::1]:8080", true),
        ("127.0.0.1:8080/", true),
        ("127.0.0.1", false),
        ("127.0.0.1:8080/v1", false),
        ("127.0.0.1:8080?x", false),
        ("10.0.0.1:8080", false),
        ("firestore.example.com:8080", false),
        ("localhost@example.com:80", false),
        ("http://127.0.0.1:8080", false),
        ("", false),
    ] {
        assert_eq!(client::emulator(host).is_some(), accepted, "{host}");
    }
}
