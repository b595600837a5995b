//! The binary of a project that `cargo callable` made outside this repository, compared with this repository's.

use std::{fs, path::PathBuf};

use crate::{
    guards::{CALLGRIND, INSTRUCTIONS, VALGRIND, counted, is_installed, per_call},
    support::{
        PROJECT, event::Event, key_server::KeyServer, process::measured, runtime_api::RuntimeApi,
        say, token,
    },
};

/// How much larger or slower a made project's function may be.
const WITHIN: f64 = 1.05;

/// The binary of the function `hello`, as `cargo callable init` makes it. tests/tool sets the variable, and fails if this
/// test then compares nothing.
fn made() -> Option<PathBuf> {
    let path = std::env::var_os("MADE_FUNCTION").map(PathBuf::from);
    if path.is_none() {
        say(
            "SKIPPED: MADE_FUNCTION is not set; tests/tool makes a project, and compares its binary",
        );
    }
    path
}

async fn instructions(binary: PathBuf, events: &[Event]) -> f64 {
    let (keys, api) = (KeyServer::start().await, RuntimeApi::start().await);
    let variables = [("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url)];
    let process = api.function_under(&CALLGRIND, binary, &variables);
    api.first_poll().await;
    process.line_with("key fetch").await;
    counted(&api, process, INSTRUCTIONS, events).await
}

#[tokio::test]
async fn a_made_projects_function_is_as_small_and_as_fast_as_ours() {
    let Some(theirs) = made() else { return };
    let ours = measured();
    let bytes = |file: &PathBuf| fs::metadata(file).unwrap().len() as f64;
    let mut figures = vec![("bytes", bytes(&theirs), bytes(&ours))];
    if is_installed(VALGRIND) {
        let call = |body: &str| Event::function_url(body).bearer(&token("ada"));
        let their_call = call(r#"{"data":{"name":"some message"}}"#);
        let our_call = call(r#"{"data":{"text":"some message"}}"#);
        let started = async |binary: &PathBuf| instructions(binary.clone(), &[]).await;
        figures.push(("instructions of a start", started(&theirs).await, started(&ours).await));
        let called = async |binary: &PathBuf, event: &Event| {
            per_call(event, async |events: &[Event]| instructions(binary.clone(), events).await)
                .await
        };
        let (theirs, ours) = (called(&theirs, &their_call).await, called(&ours, &our_call).await);
        figures.push(("instructions of a call", theirs, ours));
    }
    for (what, theirs, ours) in figures {
        say(&format!("{what}: {theirs}, in this repository {ours}"));
        assert!(theirs <= WITHIN * ours, "{what}: {theirs}, in this repository {ours}");
    }
}
