//! Each operation's request, byte for byte, and what it returns.

use super::*;

const FIELDS: &str = r#"{"fields":{"text":{"stringValue":"hé\"🦀"},"likes":{"integerValue":"9223372036854775807"}}}"#;

#[tokio::test]
async fn reads_a_document_with_the_callers_own_token() {
    let (server, caller) = answering(200, document("notes/n1", &fields())).await;
    let found: Document<Note> = caller.get(&n1()).await.unwrap().unwrap();
    assert_eq!((found.id(), &found.data), ("n1", &note()));
    assert_eq!(found.update_time.as_str(), TIME);
    let [request] = server.requests().try_into().unwrap();
    let (line, body) = sent(&request);
    assert_eq!(line, format!("GET /v1/{ROOT}/notes/n1"));
    assert_eq!(body, "");
    let token = request.headers()["authorization"].to_str().unwrap();
    let (auth, raw) = (ada().await, token.strip_prefix("Bearer ").unwrap());
    assert_eq!(auth.raw_token().split('.').count(), 3);
    assert_eq!(raw.split('.').next(), raw_token().split('.').next(), "an ID token");
    let mut names: Vec<&str> = request.headers().keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "host"]);
    assert!(!format!("{caller:?}").contains(raw), "a handle that is printed shows no token");
}

#[tokio::test]
async fn a_missing_document_is_none() {
    let missing = json!({"error": {"code": 404, "message": "Document \"x\" not found.", "status": "NOT_FOUND"}});
    let (_server, caller) = answering(404, missing).await;
    assert_eq!(caller.get::<Note>(&n1()).await, Ok(None));
}

#[tokio::test]
async fn creates_a_document_under_a_chosen_and_under_a_new_id() {
    let (server, caller) = answering(200, document("notes/n1", &json!({}))).await;
    let time = caller.create(&n1(), &note()).await.unwrap();
    assert_eq!(time.as_str(), TIME);
    let (line, body) = only(&server);
    assert_eq!((line.as_str(), body.as_str()), ("POST /notes?documentId=n1", FIELDS));

    let (server, caller) = answering(200, document("notes/Xyz9", &json!({}))).await;
    assert_eq!(caller.add(&notes(), &note()).await.unwrap().to_string(), "notes/Xyz9");
    let (line, body) = only(&server);
    assert_eq!((line.as_str(), body.as_str()), ("POST /notes", FIELDS));
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn replaces_a_document() {
    let (server, caller) = answering(200, document("notes/n1", &json!({}))).await;
    caller.set(&n1(), &note()).await.unwrap();
    let (line, body) = only(&server);
    assert_eq!((line.as_str(), body.as_str()), ("PATCH /notes/n1", FIELDS));
}

#[tokio::test]
async fn changes_only_the_fields_of_the_value_or_of_the_mask() {
    let (server, caller) = answering(200, document("notes/n1", &json!({}))).await;
    let value = json!({"likes": 1, "a-b": true, "a.b": null, "x`y\\": 0});
    caller.update(&n1(), &value).await.unwrap();
    let (line, body) = only(&server);
    assert_eq!(
        line,
        "PATCH /notes/n1?currentDocument.exists=true&updateMask.fieldPaths=likes\
         &updateMask.fieldPaths=%60a-b%60&updateMask.fieldPaths=%60a.b%60\
         &updateMask.fieldPaths=%60x%5C%60y%5C%5C%60"
    );
    assert_eq!(
        body,
        "{\"fields\":{\"likes\":{\"integerValue\":\"1\"},\"a-b\":{\"booleanValue\":true},\
         \"a.b\":{\"nullValue\":null},\"x`y\\\\\":{\"integerValue\":\"0\"}}}"
    );

    let (server, caller) = answering(200, document("notes/n1", &json!({}))).await;
    let value = json!({"address": {"city": "Ulm"}});
    caller.update_fields(&n1(), &value, &["address.city", "nickname"]).await.unwrap();
    let (line, body) = only(&server);
    assert_eq!(
        line,
        "PATCH /notes/n1?currentDocument.exists=true&updateMask.fieldPaths=address.city\
         &updateMask.fieldPaths=nickname"
    );
    let expected =
        r#"{"fields":{"address":{"mapValue":{"fields":{"city":{"stringValue":"Ulm"}}}}}}"#;
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_update_of_nothing_does_not_replace_the_document() {
    let (server, caller) = answering(200, json!({})).await;
    let outcomes =
        [caller.update(&n1(), &json!({})).await, caller.update_fields(&n1(), &note(), &[]).await];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(FirestoreError::Unstorable(_))), "{outcome:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn deletes_a_document() {
    let (server, caller) = answering(200, json!({})).await;
    caller.delete(&n1()).await.unwrap();
    let (line, body) = only(&server);
    assert_eq!((line.as_str(), body.as_str()), ("DELETE /notes/n1", ""));
}

#[tokio::test]
async fn lists_a_collection_page_by_page() {
    let (server, caller) = serving(|request| {
        let page = match request.uri().query().unwrap().contains("pageToken") {
            false => {
                json!({"documents": [document("notes/a", &fields())], "nextPageToken": "to+ken/="})
            }
            true => json!({"documents": [document("notes/b?", &fields())]}),
        };
        (200, page)
    })
    .await;
    let first = caller.list::<Note>(&notes(), 1, None).await.unwrap();
    assert_eq!(first.documents.len(), 1);
    assert_eq!(first.next.as_deref(), Some("to+ken/="));
    let second = caller.list::<Note>(&notes(), 1, first.next.as_deref()).await.unwrap();
    let ids: Vec<&str> = second.documents.iter().map(Document::id).collect();
    assert_eq!(ids, ["b?"], "ids that others chose are read as they are");
    assert_eq!(second.next, None);
    let lines: Vec<String> =
        server.requests().iter().map(|request| request.uri().to_string()).collect();
    assert_eq!(lines[0], format!("/v1/{ROOT}/notes?pageSize=1"));
    assert_eq!(lines[1], format!("/v1/{ROOT}/notes?pageSize=1&pageToken=to%2Bken%2F%3D"));

    let (server, caller) = answering(200, json!({})).await;
    let empty = caller.list::<Note>(&notes(), 10, None).await.unwrap();
    assert_eq!((empty.documents.len(), empty.next), (0, None));
    for token in [String::new(), "x".repeat(4097)] {
        let outcome = caller.list::<Note>(&notes(), 10, Some(&token)).await;
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::InvalidArgument);
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_paths_of_subcollections_and_other_databases() {
    let server = MockServer::start(|request| {
        let name = request.uri().path().strip_prefix("/v1/").unwrap().to_owned();
        let name = json!({"name": name, "createTime": TIME, "updateTime": TIME});
        (200, name)
    })
    .await;
    let archive = Firestore::at(server.url.clone(), PROJECT).database("archive");
    let path = n1().collection("comments").unwrap().document("c1").unwrap();
    let found = archive.as_caller(&ada().await).get::<Json>(&path).await.unwrap().unwrap();
    assert_eq!(found.path, path);
    assert_eq!(found.data, json!({}), "a document without fields");
    assert_eq!(
        server.requests()[0].uri(),
        "/v1/projects/test-project/databases/archive/documents/notes/n1/comments/c1"
    );
}
