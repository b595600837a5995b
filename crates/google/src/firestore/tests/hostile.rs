//! Answers that Firestore would not send: too large, too deep, of other types, cut off, about other documents.

use super::*;

async fn read(answer: Json) -> Result<Option<Document<Json>>, FirestoreError> {
    let (_server, caller) = answering(200, answer).await;
    caller.get(&n1()).await
}

fn with_field(value: Json) -> Json {
    document("notes/n1", &json!({ "f": value }))
}

fn nested(levels: usize) -> Json {
    (0..levels)
        .fold(json!({"nullValue": null}), |inner, _| json!({"mapValue": {"fields": {"f": inner}}}))
}

#[tokio::test]
async fn values_of_an_unknown_form_are_refused() {
    for value in [
        json!({}),
        json!(null),
        json!("text"),
        json!([]),
        json!({"newValue": 1}),
        json!({"stringValue": 1}),
        json!({"stringValue": "a", "integerValue": "1"}),
        json!({"integerValue": "1.5"}),
        json!({"integerValue": 1.5}),
        json!({"integerValue": "9223372036854775808"}),
        json!({"integerValue": ""}),
        json!({"doubleValue": "nan"}),
        json!({"doubleValue": true}),
        json!({"booleanValue": "true"}),
        json!({"nullValue": 1}),
        json!({"bytesValue": "!"}),
        json!({"arrayValue": {"values": {}}}),
        json!({"arrayValue": {"values": [1]}}),
        json!({"mapValue": {"fields": []}}),
        json!({"geoPointValue": {"latitude": "north"}}),
    ] {
        let outcome = read(with_field(value.clone())).await;
        assert_eq!(outcome, Err(FirestoreError::Answer), "{value}");
    }
}

#[tokio::test]
async fn documents_without_their_parts_or_about_others_are_refused() {
    let without = |member: &str| {
        let mut document = with_field(json!({"nullValue": null}));
        document.as_object_mut().unwrap().remove(member);
        document
    };
    for answer in [
        json!({}),
        json!([]),
        json!(null),
        without("name"),
        without("createTime"),
        without("updateTime"),
        document("notes/n2", &json!({})),
        document("users/n1", &json!({})),
        document("notes/n1/comments/n1", &json!({})),
        json!({"name": "notes/n1", "createTime": TIME, "updateTime": TIME}),
        json!({"name": format!("{ROOT}/notes/n1"), "createTime": "now", "updateTime": TIME}),
    ] {
        assert_eq!(read(answer.clone()).await, Err(FirestoreError::Answer), "{answer}");
    }
    let other = json!({"documents": [document("users/a", &json!({}))]});
    let (_server, caller) = answering(200, other).await;
    assert_eq!(caller.list::<Json>(&notes(), 1, None).await, Err(FirestoreError::Answer));
    let (_server, caller) = answering(200, document("notes/n2", &json!({}))).await;
    assert_eq!(caller.set(&n1(), &json!({})).await, Err(FirestoreError::Answer));
    assert_eq!(caller.create(&n1(), &json!({})).await, Err(FirestoreError::Answer));
    let (_server, caller) = answering(200, document("users/n2", &json!({}))).await;
    assert_eq!(caller.add(&notes(), &json!({})).await, Err(FirestoreError::Answer));
}

#[tokio::test]
async fn twenty_levels_are_read_and_an_answer_without_end_is_not() {
    assert!(read(with_field(nested(20))).await.is_ok());
    assert_eq!(read(with_field(nested(60))).await, Err(FirestoreError::Answer));
}

/// Answers with these bytes, after any request, and closes the connection.
async fn raw(answer: Vec<u8>) -> AsCaller {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    let url = shared::net::ServiceUrl::parse(&url).unwrap();
    Firestore::at(url, PROJECT).as_caller(&ada().await)
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_cut_off_is_an_error() {
    use shared::net::SendError;
    let length = (8 << 20) + 1;
    let mut large = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    large.resize(large.len() + length, b' ');
    let outcome = raw(large).await.get::<Json>(&n1()).await;
    assert_eq!(outcome, Err(FirestoreError::Send(SendError::TooLarge)));

    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"name\":".to_vec();
    let outcome = raw(cut).await.get::<Json>(&n1()).await;
    assert_eq!(outcome, Err(FirestoreError::Send(SendError::Broken)));

    let not_json = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec();
    assert_eq!(raw(not_json).await.get::<Json>(&n1()).await, Err(FirestoreError::Answer));

    let not_http = b"SSH-2.0-OpenSSH\r\n".to_vec();
    let outcome = raw(not_http).await.set(&n1(), &json!({})).await;
    assert_eq!(outcome, Err(FirestoreError::Send(SendError::Broken)));
}
