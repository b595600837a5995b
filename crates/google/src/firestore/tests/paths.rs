//! An id cannot leave its place in a path.

use super::*;

#[tokio::test]
async fn an_id_that_a_client_chose_stays_in_its_segment() {
    let (server, caller) = answering(404, json!({})).await;
    for (id, escaped) in [
        ("ada@example.com", "ada%40example.com"),
        ("a b+c&d=e", "a%20b%2Bc%26d%3De"),
        ("é🦀", "%C3%A9%F0%9F%A6%80"),
        ("a:runQuery", "a%3ArunQuery"),
        ("...", "..."),
        (".a", ".a"),
        ("__a", "__a"),
        ("a;b,c'(d)*!~$", "a%3Bb%2Cc%27%28d%29%2A%21~%24"),
        ("\u{2025}\u{ff0f}", "%E2%80%A5%EF%BC%8F"),
    ] {
        let path = notes().document(id).unwrap();
        assert_eq!(caller.get::<Note>(&path).await, Ok(None), "{id}");
        let last = server.requests().pop().unwrap();
        assert_eq!(last.uri().to_string(), format!("/v1/{ROOT}/notes/{escaped}"), "{id}");
    }
}

#[test]
fn ids_that_could_be_read_in_more_than_one_way_are_refused() {
    let long = "x".repeat(1501);
    for id in [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "../users/eve",
        "a/../b",
        "%2F",
        "%2e%2e",
        "a%00",
        "a?b",
        "a#b",
        "a\\b",
        "a\0",
        "a\nb",
        "\u{7f}",
        "\u{85}",
        "__a__",
        "____",
        "__id7__",
        &long,
    ] {
        let errors =
            [CollectionPath::new(id).err(), notes().document(id).err(), n1().collection(id).err()];
        for error in errors {
            let Some(FirestoreError::Id(problem)) = error else { panic!("{id:?} is accepted") };
            let error = HttpsError::from(FirestoreError::Id(problem));
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert_eq!(error.message(), problem);
        }
    }
    assert!(notes().document(&"x".repeat(1500)).is_ok());
}

#[test]
fn a_path_does_not_grow_without_bound() {
    let mut path = n1();
    let error = loop {
        match path.collection("c").and_then(|collection| collection.document("d")) {
            Ok(longer) => path = longer,
            Err(error) => break error,
        }
    };
    assert_eq!(error, FirestoreError::Id("the path is too long"));
}

#[test]
fn names_in_answers_are_read_only_below_the_right_database() {
    let read = |name: &str| DocumentPath::from_name(name, ROOT).map(|path| path.to_string());
    assert_eq!(read(&format!("{ROOT}/notes/n1")).as_deref(), Some("notes/n1"));
    assert_eq!(read(&format!("{ROOT}/notes/%?.")).as_deref(), Some("notes/%?."));
    for name in [
        format!("{ROOT}/notes"),
        format!("{ROOT}/notes/"),
        format!("{ROOT}//n1"),
        format!("{ROOT}notes/n1"),
        ROOT.to_owned(),
        "projects/other/databases/(default)/documents/notes/n1".to_owned(),
        String::new(),
    ] {
        assert_eq!(read(&name), None, "{name}");
    }
}
