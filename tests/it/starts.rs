//! The author's own start, `run_with`, on both hosts: it awaits, fails, panics, hangs, and is asked to stop.

use serde_json::json;

use crate::support::{
    PROJECT,
    event::{Event, FRONTS},
    key_server::KeyServer,
    plain_server::{PlainServer, call, until},
    process::{Process, starting},
    runtime_api::RuntimeApi,
};

/// Starts the program on Lambda. `start` is what its start does.
async fn on_lambda(start: &str) -> (RuntimeApi, Process) {
    let api = RuntimeApi::start().await;
    let keys = KeyServer::start().await;
    let variables = [
        ("START", start),
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url),
    ];
    let process = api.function(starting(), &variables);
    (api, process)
}

#[tokio::test]
async fn a_start_that_awaits_is_done_before_the_first_poll_and_its_state_reaches_the_handler() {
    let (api, process) = on_lambda("").await;
    let answer = api.answer(&Event::post(FRONTS[0].1, r#"{"data":"Ada"}"#)).await;
    assert_eq!(answer.body, r#"{"result":"Hello from 127.0.0.1, Ada"}"#);
    process.line_with("prefetched").await;

    let server = PlainServer::start(starting(), &[]).await;
    let mut stream = server.send(call(r#""Ada""#, "")).await;
    until(&mut stream, r#"{"result":"Hello from 127.0.0.1, Ada"}"#).await;
}

#[tokio::test]
async fn a_start_that_fails_is_one_sentence_in_the_log_and_for_the_runtime_api() {
    let cause = "invalid digit found in string";
    for (start, kind, sentence) in [
        (
            "error with a cause",
            "Runtime.StartFailed",
            format!("the function cannot start: the table cannot be described: {cause}"),
        ),
        (
            "anyhow",
            "Runtime.StartFailed",
            format!("the function cannot start: the limit cannot be read: {cause}"),
        ),
        (
            "text",
            "Runtime.StartFailed",
            format!("the function cannot start: no table in {PROJECT}"),
        ),
        (
            "panic",
            "Runtime.StartPanicked",
            "the function cannot start: its start panicked: a literal text; the log record \
             \"panic\" names the line"
                .to_owned(),
        ),
        (
            "panic with data",
            "Runtime.StartPanicked",
            "the function cannot start: its start panicked; the log record \"panic\" names the line"
                .to_owned(),
        ),
        (
            "inside tokio",
            "Runtime.StartFailed",
            "the function cannot start inside another tokio runtime: make `main` a plain `fn main() \
             -> std::process::ExitCode`, without `async` and `#[tokio::main]`; what the start has \
             to await belongs into `shared::run_with(async |setup| …)`"
                .to_owned(),
        ),
    ] {
        let (api, mut process) = on_lambda(start).await;
        assert_eq!(process.end().await.code(), Some(1), "{start}");
        let told = json!({"errorType": kind, "errorMessage": sentence});
        assert_eq!(api.init_errors(), [(kind.to_owned(), told)], "{start}");
        assert_eq!(api.polls(), 0, "{start}");
        let record = process.record_with("the function cannot start").await;
        assert_eq!((&record["message"], &record["level"]), (&json!(sentence), &json!("ERROR")));
        assert_eq!(record["target"], "shared::host::start", "read by cargo callable run");
        let panics = usize::from(start.starts_with("panic"));
        assert_eq!(process.output().lines().count(), 1 + panics, "{}", process.output());
        assert!(!process.output().contains("formatted"), "{}", process.output());
    }
}

#[tokio::test]
async fn all_missing_and_wrong_variables_of_a_start_are_told_at_once() {
    let api = RuntimeApi::start().await;
    let variables = [
        ("START", "configuration"),
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("MOST_PAGES", "not-to-be-seen"),
    ];
    let mut process = api.function(starting(), &variables);
    assert_eq!(process.end().await.code(), Some(1));
    let sentences = [
        "PRINTER is not set: set it to the address of the printer",
        "MOST_PAGES cannot be read (invalid digit found in string): set it to a value of the type \
         u32, or leave it unset",
    ];
    for sentence in sentences {
        assert_eq!(process.record_with(sentence).await["message"], sentence);
    }
    let kind = "Runtime.ConfigInvalid";
    let told = json!({"errorType": kind, "errorMessage": sentences.join("\n")});
    assert_eq!(api.init_errors(), [(kind.to_owned(), told)]);
    assert!(!process.output().contains("not-to-be-seen"), "{}", process.output());
}

/// The author's start does not run then: it may need what is missing.
#[tokio::test]
async fn if_our_own_configuration_is_wrong_that_alone_is_told() {
    let api = RuntimeApi::start().await;
    let variables = [("START", "configuration"), ("ALLOWED_ORIGINS", "app.example")];
    let mut process = api.function(starting(), &variables);
    assert_eq!(process.end().await.code(), Some(1));
    process.line_with("FIREBASE_PROJECT_ID is not set").await;
    process.line_with("ALLOWED_ORIGINS cannot be used").await;
    assert_eq!(process.output().lines().count(), 2, "{}", process.output());
    assert_eq!(api.init_errors().len(), 1);
}

/// Takes nine seconds, the limit on Lambda.
#[tokio::test]
async fn a_start_that_hangs_on_lambda_ends_by_itself_and_says_what_to_do() {
    let (api, mut process) = on_lambda("hang").await;
    assert_eq!(process.end().await.code(), Some(1));
    let sentence = "the function cannot start: its start was not ready after 9 seconds: give each \
                    request that it awaits a shorter timeout, and move work that no call has to \
                    wait for to `setup.prefetch(…)`";
    let told = json!({"errorType": "Runtime.StartTimedOut", "errorMessage": sentence});
    assert_eq!(api.init_errors(), [("Runtime.StartTimedOut".to_owned(), told)]);
    process.record_with(sentence).await;
    assert_eq!(api.polls(), 0);
}

#[tokio::test]
async fn a_start_that_hangs_in_a_container_ends_when_it_is_asked_to_stop() {
    let variables = [("START", "hang"), ("FIREBASE_PROJECT_ID", PROJECT), ("PORT", "0")];
    let mut process = Process::start(starting(), &variables);
    process.line_with("the start hangs").await;
    process.terminate();
    assert_eq!(process.end().await.code(), Some(0), "{}", process.output());
    process.line_with("stopping").await;
    assert!(!process.output().contains("listening"), "{}", process.output());
}
