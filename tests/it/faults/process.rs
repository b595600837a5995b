//! The process, or the machine under it, has a fault.

use std::process::Command;

use shared::testing::TestKeys;

use super::Row;
use crate::support::{
    PROJECT,
    clock::Clock,
    event::Event,
    faulty_issuer::{Fault, FaultyIssuer},
    key_server::KeyServer,
    now,
    process::{Process, shipped},
    runtime_api::{Deadline, RuntimeApi},
    say, soon,
};

pub(super) const ROWS: [Row; 4] = [
    Row("standard output is closed", "the right answer", "–"),
    Row("standard output is on a full disk", "the right answer", "–"),
    Row(
        "the sandbox is frozen for hours",
        "no call",
        "the first call: the right answer, and an old token is refused",
    ),
    Row(
        "no file descriptor is left",
        "UNAVAILABLE without keys; with keys: the right answer",
        "within a second",
    ),
];

fn call(ahead: i64) -> Event {
    let token = TestKeys::shared().id_token(PROJECT, "ada", now() + ahead).sign();
    Event::function_url(r#"{"data":{"text":"x"}}"#).bearer(&token)
}

async fn status(api: &RuntimeApi, event: &Event) -> u64 {
    api.answer_before(event, Deadline::Absurd).await.status
}

#[tokio::test]
async fn a_log_that_cannot_be_written_costs_no_answer() {
    for to in [">&- 2>&-", "> /dev/full 2>&1"] {
        let (api, keys) = (RuntimeApi::start().await, KeyServer::start().await);
        let variables = [
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &*keys.url),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ];
        let script = format!("exec \"$0\" {to}");
        let _process = api.function_under(&["/bin/sh", "-c", &script], shipped(), &variables);
        for _ in 0..3 {
            assert_eq!(status(&api, &call(0)).await, 200, "{to}");
            assert_eq!(status(&api, &call(0).bearer("forged")).await, 401, "{to}");
        }
    }
}

fn signal(process: &Process, name: &str) {
    let id = process.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// The state of a process in /proc: `T` if it is stopped.
fn is_stopped(process: &Process) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    stat.rsplit(") ").next().unwrap().starts_with('T')
}

#[tokio::test]
async fn after_hours_in_a_frozen_sandbox_new_tokens_are_good_and_old_ones_are_not() {
    let Some(clock) = Clock::new("frozen") else {
        return say("SKIPPED: libfaketime is not installed");
    };
    let (api, keys) = (RuntimeApi::start().await, KeyServer::start().await);
    let mut variables = clock.variables().to_vec();
    variables.push(("FIREBASE_PROJECT_ID", PROJECT));
    variables.push(("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url));
    let process = api.function(shipped(), &variables);
    let old = call(0);
    assert_eq!(status(&api, &old).await, 200);
    let fetches = keys.requests();
    for hours in [3, 30] {
        signal(&process, "-STOP");
        let stopped = async {
            while !is_stopped(&process) {
                tokio::task::yield_now().await;
            }
        };
        soon("the stop", stopped).await;
        clock.set(hours * 3600);
        signal(&process, "-CONT");
        assert_eq!(status(&api, &old).await, 401, "expired {hours} hours ago");
        assert_eq!(status(&api, &call(hours * 3600)).await, 200);
    }
    assert!(keys.requests() > fetches, "keys of 30 hours ago are not used");
}

/// The most files that a process may have open.
fn limit_files(process: &Process, most: usize) {
    let (id, most) = (process.id().to_string(), format!("--nofile={most}:1024"));
    assert!(Command::new("prlimit").args(["--pid", &id, &most]).status().unwrap().success());
}

#[tokio::test]
async fn without_a_file_descriptor_a_function_answers_with_the_keys_that_it_has_and_recovers() {
    let issuer = FaultyIssuer::start(Fault::Closes, &TestKeys::shared()).await;
    let api = RuntimeApi::start().await;
    let variables =
        [("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &*issuer.url)];
    let process = api.function_under(
        &["/bin/sh", "-c", "ulimit -n 1024; exec \"$0\""],
        shipped(),
        &variables,
    );
    assert_eq!(status(&api, &call(0)).await, 503);
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count();
    issuer.now(Fault::None);
    limit_files(&process, open.min(8));
    let requests = issuer.requests();
    for _ in 0..3 {
        assert_eq!(status(&api, &call(0)).await, 503);
    }
    assert_eq!(issuer.requests(), requests, "there is no descriptor for a connection");
    limit_files(&process, 1024);
    let recovered = async { while status(&api, &call(0)).await != 200 {} };
    soon("an answer", recovered).await;
    limit_files(&process, open.min(8));
    for _ in 0..3 {
        assert_eq!(status(&api, &call(0)).await, 200, "with keys");
    }
}
