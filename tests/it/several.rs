//! Several callables in one program: each call gets the bytes that a program with that callable alone would send, on
//! both hosts.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::testing::TestKeys;
use tokio::io::AsyncWriteExt;

use crate::support::{
    PROJECT,
    event::{Event, FRONTS},
    key_server::KeyServer,
    now,
    plain_server::{PlainServer, rest},
    process::{Process, example},
    runtime_api::{Answer, RuntimeApi},
    token,
};

const NAMES: [&str; 8] =
    ["attested", "closed", "count", "echo", "greet", "measured", "members", "scant"];
const NOT_FOUND: &str = r#"{"error":{"message":"Not Found","status":"NOT_FOUND"}}"#;

/// A request to a callable: method, headers, body.
type Case = (&'static str, &'static str, Vec<(&'static str, String)>, &'static str);

fn cases() -> Vec<Case> {
    let json = || ("content-type", "application/json".to_owned());
    let origin = |of: &str| ("origin", of.to_owned());
    let bearer = || ("authorization", format!("Bearer {}", token("ada")));
    let stream = || ("accept", "text/event-stream".to_owned());
    let mut cases = vec![
        ("forged", "POST", vec![json(), ("authorization", "Bearer x".to_owned())], r#"{"data":1}"#),
        (
            "forged, streaming",
            "POST",
            vec![json(), stream(), ("authorization", "Bearer x".to_owned())],
            r#"{"data":1}"#,
        ),
        ("GET", "GET", vec![json(), origin("https://only.example")], ""),
        ("malformed", "POST", vec![json()], "{"),
        (
            "preflight",
            "OPTIONS",
            vec![
                origin("https://only.example"),
                ("access-control-request-method", "POST".to_owned()),
                ("access-control-request-headers", "authorization,content-type".to_owned()),
            ],
            "",
        ),
        ("preflight of another origin", "OPTIONS", vec![origin("https://other.example")], ""),
    ];
    for data in [r#"{"data":3}"#, r#"{"data":"Ada"}"#, r#"{"data":{"a":[null]}}"#] {
        cases.extend([
            ("signed in", "POST", vec![json(), bearer(), origin("https://only.example")], data),
            ("signed out", "POST", vec![json(), origin("https://other.example")], data),
            ("streaming", "POST", vec![json(), bearer(), stream()], data),
        ]);
    }
    cases
}

async fn on_lambda(variables: &[(&str, &str)]) -> (RuntimeApi, KeyServer, Process) {
    let (api, keys) = (RuntimeApi::start().await, KeyServer::start().await);
    let mut all = vec![
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url),
        ("FIREBASE_APP_CHECK_KEYS_URL", &keys.url),
    ];
    all.extend(variables);
    let process = api.function(example("several"), &all);
    (api, keys, process)
}

/// An event of this front, with a path as the front writes it.
fn event(recorded: &str, path: &str, case: &Case) -> Event {
    let (_, method, headers, body) = case;
    let member = if recorded.contains("rawPath") { "/rawPath" } else { "/path" };
    let event = Event::post(recorded, body).method(method).with(member, json!(path));
    let absent = ["origin", "accept", "authorization", "content-type"];
    let event = absent.iter().fold(event, |event, name| event.header(name, &[]));
    headers.iter().fold(event, |event, (name, value)| event.header(name, &[value]))
}

fn in_one_form(answer: Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.body)
}

#[tokio::test]
async fn behind_every_front_the_answers_are_those_of_a_program_with_that_callable_alone() {
    for mode in ["buffered", "stream"] {
        let mode = ("CALLABLE_RESPONSE_MODE", mode);
        let (all, keys, process) = on_lambda(&[mode]).await;
        let mut seen = BTreeSet::new();
        for name in NAMES {
            let (one, _keys, _process) = on_lambda(&[mode, ("ALONE", name)]).await;
            for (front, recorded) in FRONTS {
                for case in cases() {
                    let path = format!("/{name}");
                    let event = event(recorded, &path, &case);
                    let alone = in_one_form(one.answer(&event).await);
                    let among = in_one_form(all.answer(&event).await);
                    assert_eq!(among, alone, "{front}: {name}, {}", case.0);
                    seen.insert(among);
                }
            }
        }
        assert!(seen.len() > 30, "the cases differ: {}", seen.len());
        assert_eq!(keys.requests(), 2, "one fetch of each key set, not one per callable");
        // The log of a call has the name of the callable, not that of the function.
        let record = process.record_with("guarded").await;
        assert_eq!(
            (&record["spans"][0]["function"], &record["closed"]),
            (&json!("closed"), &json!("closed"))
        );
        let metrics: Value = process.record_with("CloudWatchMetrics").await;
        assert_eq!(metrics["function"], "measured");
    }
}

#[tokio::test]
async fn over_plain_http_the_answers_are_those_of_a_program_with_that_callable_alone() {
    let all = PlainServer::start(example("several"), &[]).await;
    for name in NAMES {
        let one = PlainServer::start(example("several"), &[("ALONE", name)]).await;
        for case in cases() {
            let path = format!("/demo-app/us-central1/{name}");
            let among = plain(&all, &path, &case).await;
            let alone = plain(&one, &path, &case).await;
            assert_eq!(among, alone, "{name}, {}", case.0);
        }
    }
}

/// The raw answer without the line of the date.
async fn plain(server: &PlainServer, path: &str, case: &Case) -> String {
    let (_, method, headers, body) = case;
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = server.send(text).await;
    let answer = rest(&mut stream).await;
    let lines = answer.split_inclusive("\r\n");
    lines.filter(|line| !line.to_lowercase().starts_with("date:")).collect()
}

#[tokio::test]
async fn the_last_part_of_the_path_names_the_callable() {
    let (api, _keys, _process) = on_lambda(&[("GREETING", "Good day,")]).await;
    let case = |body| ("", "POST", vec![("content-type", "application/json".to_owned())], body);
    for (front, recorded) in FRONTS {
        for path in ["/greet", "//greet", "/prod/greet", "/demo/us-central1/greet", "/a/b/c/greet"]
        {
            let answer = api.answer(&event(recorded, path, &case(r#"{"data":"Ada"}"#))).await;
            let expected = r#"{"result":"Good day, Ada"}"#;
            assert_eq!((answer.status, answer.body.as_str()), (200, expected), "{front}: {path}");
        }
        let paths = [
            "",
            "/",
            "/greet/",
            "/greets",
            "/Greet",
            "/gree%74",
            "/prod/none",
            "/greet/none",
            "/\u{0}",
        ];
        for path in paths {
            let answer = api.answer(&event(recorded, path, &case(r#"{"data":"Ada"}"#))).await;
            let seen = (answer.status, answer.body.as_str());
            assert_eq!(seen, (404, NOT_FOUND), "{front}: {path}");
        }
    }
}

#[tokio::test]
async fn an_unknown_name_is_not_found_in_the_form_that_its_client_reads() {
    let (api, keys, process) = on_lambda(&[]).await;
    let origin = || ("origin", "https://app.example".to_owned());
    let to_none = |method, headers, body| event(FRONTS[0].1, "/none", &("", method, headers, body));
    // A token is not looked at, and so fetches no keys for a name that nobody has.
    let forged = ("authorization", "Bearer x".to_owned());
    let answer = api.answer(&to_none("POST", vec![origin(), forged], r#"{"data":1}"#)).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, NOT_FOUND));
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    let stream = ("accept", "text/event-stream".to_owned());
    let answer = api.answer(&to_none("POST", vec![origin(), stream], r#"{"data":1}"#)).await;
    assert_eq!((answer.status, answer.body.clone()), (200, format!("data: {NOT_FOUND}\n\n")));
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    let asks = ("access-control-request-headers", "authorization".to_owned());
    let answer = api.answer(&to_none("OPTIONS", vec![origin(), asks], "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization"));
    let answer = api.answer(&to_none("HEAD", vec![origin()], "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (404, ""));
    assert!(keys.requests() <= 2, "the two of the start");
    let record = process.record_with("callable finished").await;
    assert_eq!((&record["status"], &record["http_status"]), (&json!("NOT_FOUND"), &json!(404)));
    assert_eq!(record["spans"][0]["function"], "returnAuthenticatedMessage", "that of the process");
    assert!(!process.output().contains("none"), "the name is a stranger's text");
}

#[tokio::test]
async fn an_unknown_name_with_a_long_body_is_answered() {
    let server = PlainServer::start(example("several"), &[]).await;
    let length = 4 << 20;
    let head = format!(
        "POST /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    let mut stream = server.send(head).await;
    stream.write_all(&vec![b'x'; length]).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.ends_with(NOT_FOUND), "{answer}");
}

#[tokio::test]
async fn a_wrong_list_of_callables_is_one_sentence_and_the_process_does_not_start() {
    for (start, sentence) in [
        (
            "empty",
            "The callables' list is empty: give it at least one, as in [(\"addNote\", Callable::new(add_note))]",
        ),
        (
            "twice",
            "The callables' name \"one\" is there twice: give each callable a name of its own",
        ),
        (
            "slash",
            "The callables' name \"a/b\" cannot be the last part of a URL: begin with a letter, go on with letters, digits, \
             _ and -, 63 characters at most, as in addNote",
        ),
    ] {
        let variables = [("FIREBASE_PROJECT_ID", PROJECT), ("START", start)];
        let mut process = Process::start(example("several"), &variables);
        assert_eq!(process.end().await.code(), Some(1), "{start}");
        let record = process.record_with(r#""level":"ERROR""#).await;
        assert_eq!(record["message"], sentence, "{start}");
    }
}

#[tokio::test]
async fn all_accept_the_auth_emulator_if_one_of_them_does_whatever_their_order() {
    let api = RuntimeApi::start().await;
    let variables = [
        ("FIREBASE_PROJECT_ID", "demo-app"),
        ("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099"),
        ("AWS_SAM_LOCAL", "true"),
        ("START", "emulator"),
    ];
    let process = api.function(example("several"), &variables);
    let token = TestKeys::shared().id_token("demo-app", "ada", now()).unsigned();
    for name in ["one", "two"] {
        let call = Event::function_url(r#"{"data":1}"#).bearer(&token);
        let answer = api.answer(&call.with("/rawPath", json!(format!("/{name}")))).await;
        assert_eq!(answer.body, r#"{"result":{"uid":"ada","data":1}}"#, "{name}");
    }
    process.line_with("accepting unsigned tokens").await;
}
