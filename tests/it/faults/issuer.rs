//! The issuer of the keys has a fault.

use std::time::Instant;

use shared::testing::TestKeys;

use super::Row;
use crate::support::{
    PROJECT,
    event::Event,
    faulty_issuer::{Fault, FaultyIssuer},
    now,
    process::{Process, shipped},
    runtime_api::RuntimeApi,
    say,
};

/// Each fault, and its name in the document.
const FAULTS: [(Fault, &str); 13] = [
    (Fault::Silent, "takes connections and never answers"),
    (Fault::Slow, "sends a byte every tenth of a second"),
    (Fault::Closes, "closes each connection"),
    (Fault::ClosesInBody, "closes each connection in the middle of its answer"),
    (Fault::Redirects, "redirects to itself"),
    (Fault::Endless, "answers without an end"),
    (Fault::Says("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"), "answers 500"),
    (
        Fault::Says(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
        ),
        "answers a page",
    ),
    (
        Fault::Says(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}",
        ),
        "answers a set without keys",
    ),
    (Fault::Says("SSH-2.0-OpenSSH_9.2\r\n"), "speaks another protocol"),
    (Fault::Says("HTTP/1.1 200 OK\r\nx: \0\u{1}\r\n\r\n"), "answers bytes that are no HTTP"),
    (
        Fault::Says("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{\"keys\":"),
        "announces 100 GB",
    ),
    (Fault::Flaps, "fails every second time"),
];

pub(super) fn rows() -> Vec<String> {
    let row = |(fault, name): &(Fault, &'static str)| {
        let during = match fault {
            Fault::Flaps => "UNAVAILABLE or the right answer; with keys: the right answer",
            _ => "UNAVAILABLE; with keys: the right answer",
        };
        Row(name, during, "within a second or the time of one fetch").text()
    };
    FAULTS.iter().map(|fault| row(fault).replacen("| ", "| the issuer ", 1)).collect()
}

/// A call with a token that is signed with these keys.
fn call(keys: &TestKeys) -> Event {
    let token = keys.id_token(PROJECT, "ada", now()).sign();
    Event::function_url(r#"{"data":{"text":"x"}}"#).bearer(&token)
}

struct Function {
    api: RuntimeApi,
    _process: Process,
}

impl Function {
    async fn start(issuer: &FaultyIssuer) -> Self {
        let api = RuntimeApi::start().await;
        let variables =
            [("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &*issuer.url)];
        let process = api.function(shipped(), &variables);
        Self { api, _process: process }
    }

    async fn status(&self, event: &Event) -> u64 {
        let answer = self.api.answer(event).await;
        let expected = match answer.status {
            200 => r#"{"result":"#,
            401 => r#"{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#,
            503 => r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#,
            other => panic!("{other}: {}", answer.body),
        };
        assert!(answer.body.starts_with(expected), "{}", answer.body);
        answer.status
    }
}

async fn one(fault: Fault, name: &str) {
    let (good, forger) = (TestKeys::shared(), TestKeys::fresh(TestKeys::shared().kid()));
    let issuer = FaultyIssuer::start(fault, &good).await;
    let function = Function::start(&issuer).await;
    let mut refused = 0;
    for _ in 0..3 {
        let status = function.status(&call(&good)).await;
        assert!(status == 503 || (status == 200 && fault == Fault::Flaps), "{name}: {status}");
        refused += usize::from(status == 503);
        let status = function.status(&call(&forger)).await;
        assert!([401, 503].contains(&status), "{name}: a forged token: {status}");
    }
    issuer.now(Fault::None);
    let (ended, fetches, mut calls) = (Instant::now(), issuer.requests(), 1);
    while function.status(&call(&good)).await != 200 {
        calls += 1;
        assert!(ended.elapsed().as_secs() < 60, "{name}: no recovery");
    }
    let took = ended.elapsed();
    assert!(issuer.requests() <= fetches + 3, "{name}: {} fetches", issuer.requests() - fetches);
    assert_eq!(function.status(&call(&forger)).await, 401, "{name}");

    // With keys, nobody notices.
    issuer.now(fault);
    for _ in 0..3 {
        assert_eq!(function.status(&call(&good)).await, 200, "{name}, with keys");
        assert_eq!(function.status(&call(&forger)).await, 401, "{name}, with keys");
    }
    say(&format!(
        "FAULT the issuer {name}: {refused} of 3 refused; {calls} calls and {} ms after its end the right answer",
        took.as_millis()
    ));
}

#[tokio::test]
async fn a_fault_of_the_issuer_refuses_callers_only_while_there_are_no_keys_and_lets_nobody_in() {
    futures_util::future::join_all(FAULTS.map(|(fault, name)| one(fault, name))).await;
}
