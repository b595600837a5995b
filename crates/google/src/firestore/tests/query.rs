//! Queries: their bodies, and their answers, which are lists of documents, times and errors.

use super::*;

#[tokio::test]
async fn sends_filters_order_cursor_and_limit() {
    let (server, caller) = answering(
        200,
        json!([
            {"document": document("notes/a", &fields()), "readTime": TIME},
            {"readTime": TIME, "skippedResults": 1},
            {"document": document("notes/b", &fields()), "readTime": TIME, "done": true},
        ]),
    )
    .await;
    let query = Query::new(&notes())
        .filter("owner", Compare::Equal, "ada")
        .filter("likes", Compare::GreaterOrEqual, 10)
        .filter("tags.a-b", Compare::In, ["x", "y"])
        .order_by("likes", Direction::Descending)
        .order_by("text", Direction::Ascending)
        .start_after((5, "t"))
        .limit(20);
    let found = caller.query::<Note>(&query).await.unwrap();
    assert_eq!(found.iter().map(Document::id).collect::<Vec<_>>(), ["a", "b"]);
    let (line, body) = only(&server);
    assert_eq!(line, "POST :runQuery");
    assert_eq!(
        body,
        concat!(
            r#"{"structuredQuery":{"from":[{"collectionId":"notes"}],"where":{"compositeFilter":{"op":"AND","filters":["#,
            r#"{"fieldFilter":{"field":{"fieldPath":"owner"},"op":"EQUAL","value":{"stringValue":"ada"}}},"#,
            r#"{"fieldFilter":{"field":{"fieldPath":"likes"},"op":"GREATER_THAN_OR_EQUAL","value":{"integerValue":"10"}}},"#,
            r#"{"fieldFilter":{"field":{"fieldPath":"tags.`a-b`"},"op":"IN","value":{"arrayValue":{"values":[{"stringValue":"x"},{"stringValue":"y"}]}}}}]}},"#,
            r#""orderBy":[{"field":{"fieldPath":"likes"},"direction":"DESCENDING"},{"field":{"fieldPath":"text"},"direction":"ASCENDING"}],"#,
            r#""startAt":{"values":[{"integerValue":"5"},{"stringValue":"t"}],"before":false},"limit":20}}"#,
        )
    );
}

#[tokio::test]
async fn a_query_below_a_document_has_the_document_in_its_address_and_a_limit_by_default() {
    let (server, caller) = answering(200, json!([{"readTime": TIME}])).await;
    let comments = n1().collection("comments").unwrap();
    assert_eq!(caller.query::<Note>(&Query::new(&comments)).await, Ok(vec![]));
    let (line, body) = only(&server);
    assert_eq!(line, "POST /notes/n1:runQuery");
    let expected = r#"{"structuredQuery":{"from":[{"collectionId":"comments"}],"limit":100}}"#;
    assert_eq!(body, expected);
}

#[test]
fn null_and_nan_have_filters_of_their_own() {
    let filter = |compare, operand: Value| {
        let body = Query::new(&notes()).filter("f", compare, Operand(operand)).body().unwrap();
        let body: Json = serde_json::from_str(&body).unwrap();
        body["structuredQuery"]["where"].clone()
    };
    let unary = |op: &str| json!({"unaryFilter": {"op": op, "field": {"fieldPath": "f"}}});
    assert_eq!(filter(Compare::Equal, Value::Null), unary("IS_NULL"));
    assert_eq!(filter(Compare::NotEqual, Value::Null), unary("IS_NOT_NULL"));
    assert_eq!(filter(Compare::Equal, Value::Double(f64::NAN)), unary("IS_NAN"));
    assert_eq!(filter(Compare::NotEqual, Value::Double(f64::NAN)), unary("IS_NOT_NAN"));
    let less = filter(Compare::Less, Value::Null);
    assert_eq!(less["fieldFilter"]["op"], "LESS_THAN");
}

/// A null or a double, as a Rust value.
struct Operand(Value);

impl Serialize for Operand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Double(value) => serializer.serialize_f64(value),
            _ => serializer.serialize_none(),
        }
    }
}

#[tokio::test]
async fn a_wrong_operand_or_cursor_is_reported_and_nothing_is_sent() {
    let (server, caller) = answering(200, json!([])).await;
    for query in [
        Query::new(&notes()).filter("n", Compare::Equal, u64::MAX).filter("m", Compare::Less, 1),
        Query::new(&notes()).start_after("text"),
        Query::new(&notes()).start_after((1, u64::MAX)),
    ] {
        let outcome = caller.query::<Note>(&query).await;
        assert!(matches!(outcome, Err(FirestoreError::Unstorable(_))), "{outcome:?}");
    }
    assert!(server.requests().is_empty());
    let shown = format!("{:?}", Query::new(&notes()).filter("f", Compare::Equal, "private"));
    assert!(!shown.contains("private"), "{shown}");
}

#[tokio::test]
async fn an_error_in_the_middle_of_the_answer_is_the_querys_error() {
    let denied = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    for (status, body) in [
        (200, json!([{"document": document("notes/a", &fields())}, denied])),
        (403, json!([denied])),
        (403, denied.clone()),
    ] {
        let (_server, caller) = answering(status, body).await;
        let outcome = caller.query::<Note>(&Query::new(&notes())).await;
        assert_eq!(outcome, Err(FirestoreError::Denied));
    }
}

#[tokio::test]
async fn a_missing_index_is_named_to_the_operator_only() {
    let page = "https://console.firebase.google.com/v1/r/project/p/firestore/indexes?create_composite=Ck1w";
    let message =
        format!("The query requires an index. You can create it here: {page} \"private\"");
    let body =
        json!([{"error": {"code": 400, "message": message, "status": "FAILED_PRECONDITION"}}]);
    let (_server, caller) = answering(400, body).await;
    let error = caller.query::<Note>(&Query::new(&notes())).await.unwrap_err();
    assert_eq!(error, FirestoreError::Index(Some(page.to_owned())));
    assert_eq!(
        error.to_string(),
        format!("Firestore: the query needs an index; create it at {page}")
    );
    let error = HttpsError::from(error);
    assert_eq!((error.code(), error.message()), (ErrorCode::Internal, "INTERNAL"));
}
