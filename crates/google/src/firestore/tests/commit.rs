//! Several writes at once.

use super::*;

fn doc(id: &str) -> DocumentPath {
    notes().document(id).unwrap()
}

#[tokio::test]
async fn writes_and_their_conditions_are_one_request() {
    let (server, caller) = answering(200, json!({"writeResults": [{}], "commitTime": TIME})).await;
    let time = Timestamp::parse(TIME).unwrap();
    caller
        .commit([
            Write::create(&doc("a"), &json!({"n": 1})).server_time("created.at"),
            Write::set(&doc("b/".trim_end_matches('/')), &json!({})),
            Write::update(&doc("c"), &json!({"a-b": 1.5})).if_unchanged_since(&time),
            Write::update(&doc("d"), &json!({"x": "y"})),
            Write::delete(&doc("e")).if_exists(),
            Write::delete(&doc("f f")),
        ])
        .await
        .unwrap();
    let (line, body) = only(&server);
    assert_eq!(line, "POST :commit");
    let expected = [
        format!(
            r#"{{"update":{{"name":"{ROOT}/notes/a","fields":{{"n":{{"integerValue":"1"}}}}}},"updateTransforms":[{{"fieldPath":"created.at","setToServerValue":"REQUEST_TIME"}}],"currentDocument":{{"exists":false}}}}"#
        ),
        format!(r#"{{"update":{{"name":"{ROOT}/notes/b","fields":{{}}}}}}"#),
        format!(
            r#"{{"update":{{"name":"{ROOT}/notes/c","fields":{{"a-b":{{"doubleValue":1.5}}}}}},"updateMask":{{"fieldPaths":["`a-b`"]}},"currentDocument":{{"updateTime":"{TIME}"}}}}"#
        ),
        format!(
            r#"{{"update":{{"name":"{ROOT}/notes/d","fields":{{"x":{{"stringValue":"y"}}}}}},"updateMask":{{"fieldPaths":["x"]}},"currentDocument":{{"exists":true}}}}"#
        ),
        format!(r#"{{"delete":"{ROOT}/notes/e","currentDocument":{{"exists":true}}}}"#),
        format!(r#"{{"delete":"{ROOT}/notes/f f"}}"#),
    ];
    assert_eq!(body, format!(r#"{{"writes":[{}]}}"#, expected.join(",")));
}

#[tokio::test]
async fn a_value_that_cannot_be_stored_stops_the_whole_commit() {
    let (server, caller) = answering(200, json!({})).await;
    let writes = [Write::delete(&doc("a")), Write::set(&doc("b"), &json!({"n": u64::MAX}))];
    let outcome = caller.commit(writes).await;
    assert!(matches!(outcome, Err(FirestoreError::Unstorable(_))), "{outcome:?}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_write_that_is_printed_shows_no_value() {
    let shown = format!("{:?}", Write::set(&n1(), &json!({"text": "private"})));
    assert!(!shown.contains("private"), "{shown}");
}
