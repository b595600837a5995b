//! No value of a stranger, and no secret, is in any line of a release binary, at its finest level. Everything that a caller
//! can send has the same mark in it: claims, headers, key ids, data, names of members, paths. No line may contain the mark,
//! as it is or in base64, nor a part of a token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use firebase_callable_clerk::testing::ClerkTestKeys;
use serde_json::json;
use shared::testing::{TestKeys, TokenBuilder};

use crate::support::{
    PROJECT,
    event::{Event, FRONTS},
    key_server::KeyServer,
    now,
    process::{Process, built_function},
    runtime_api::{Deadline, RuntimeApi},
    say,
    secrets_manager::{ISSUER, PARTY, SECRET, SecretsManager, service_account, start_exchange},
};

const MARK: &str = "zq7zq7zq7zq7zq7zq7";

/// The mark, and what is in base64 wherever the mark is in what was encoded: three forms, by its position.
fn marks() -> Vec<String> {
    let encoded = (0..3).map(|before| {
        let text = URL_SAFE_NO_PAD.encode(format!("{}{MARK}", "x".repeat(before)));
        text[4..text.len() - 4].to_owned()
    });
    [MARK.to_owned()].into_iter().chain(encoded).collect()
}

/// Tokens with the mark wherever a token can have it, good and forged.
fn tokens() -> Vec<String> {
    let (keys, forger) = (TestKeys::shared(), TestKeys::fresh(TestKeys::shared().kid()));
    let good = |keys: &TestKeys| {
        keys.id_token(PROJECT, MARK, now())
            .claim("email", format!("{MARK}@example.com"))
            .claim(MARK, MARK)
    };
    let forged: [fn(TokenBuilder) -> TokenBuilder; 12] = [
        |token| token.header("kid", MARK),
        |token| token.header("alg", MARK),
        |token| token.header("crit", json!([MARK])),
        |token| token.header("jku", format!("https://{MARK}.example.com")),
        |token| token.header(MARK, MARK),
        |token| token.claim("iss", MARK),
        |token| token.claim("aud", MARK),
        |token| token.claim("aud", json!([PROJECT, MARK])),
        |token| token.claim("exp", MARK),
        |token| token.claim("sub", MARK.repeat(20)),
        |token| token.claim("firebase", MARK),
        |token| token.without_header("kid"),
    ];
    let mut all: Vec<String> = forged.iter().map(|forge| forge(good(&keys)).sign()).collect();
    all.extend(forged.iter().map(|forge| forge(good(&keys)).unsigned()));
    all.extend([good(&keys).sign(), good(&forger).sign(), good(&keys).unsigned()]);
    all.extend([
        keys.sign(&format!("{{\"alg\":\"RS256\",\"kid\":\"{MARK}"), "{}"),
        keys.sign("{\"alg\":\"RS256\"}", &format!("{{\"sub\":\"{MARK}\",\"sub\":\"{MARK}\"}}")),
        format!("{MARK}.{MARK}.{MARK}"),
        MARK.to_owned(),
        format!("{MARK} {MARK}"),
    ]);
    all
}

/// Bodies with the mark, good and bad.
fn bodies() -> Vec<String> {
    let deep = format!("{}\"{MARK}\"{}", "[".repeat(300), "]".repeat(300));
    vec![
        json!({ "data": { "text": MARK } }).to_string(),
        json!({ "data": { "text": 5, MARK: MARK } }).to_string(),
        json!({ "data": { "text": [MARK] } }).to_string(),
        json!({ "data": MARK }).to_string(),
        json!({ "data": { "@type": MARK, "value": MARK } }).to_string(),
        json!({ "data": { "text": MARK }, MARK: MARK }).to_string(),
        format!(r#"{{"data":{{"text":"a","text":"{MARK}"}}}}"#),
        format!(r#"{{"data":{deep}}}"#),
        format!(r#"{{"data":{{"text":{MARK}}}}}"#),
        format!(r#"{{"data":{{"text":1e999,"{MARK}":1}}}}"#),
        format!("{MARK}={MARK}"),
        json!({ "data": { "clerkToken": MARK, MARK: MARK } }).to_string(),
    ]
}

/// Calls with the mark in every header that a function reads, and in some that it does not.
fn events(tokens: &[String]) -> Vec<Event> {
    let good = &tokens[24];
    let (_, url) = FRONTS[2];
    let mut all = Vec::new();
    for (_, recorded) in FRONTS {
        all.push(Event::post(recorded, &bodies()[0]).bearer(good));
    }
    all.extend(tokens.iter().map(|token| Event::post(url, &bodies()[0]).bearer(token)));
    all.extend(bodies().iter().map(|body| Event::post(url, body).bearer(good)));
    let marked = |name: &str, value: &str| {
        Event::post(url, &bodies()[0]).bearer(good).header(name, &[value])
    };
    all.extend(tokens.iter().map(|token| marked("x-firebase-appcheck", token)));
    all.extend([
        marked("origin", &format!("https://{MARK}.example.com")),
        marked("origin", MARK),
        marked("firebase-instance-id-token", MARK),
        marked("user-agent", MARK),
        marked("cookie", MARK),
        marked("x-amzn-trace-id", MARK),
        marked("content-type", MARK),
        marked("content-encoding", MARK),
        marked("accept", "text/event-stream"),
        marked("authorization", &format!("Basic {MARK}")),
        marked("access-control-request-headers", MARK).method("OPTIONS"),
        marked("x", MARK).method(MARK),
        marked("x", MARK).method("GET"),
    ]);
    all
}

/// What no line may contain: the mark, and the beginning, the middle and the end of each token.
fn hidden(tokens: &[String]) -> Vec<String> {
    let parts = |token: &String| {
        let parts: Vec<&str> = token.split('.').filter(|part| part.len() >= 24).collect();
        let ends = parts.into_iter().flat_map(|part| {
            let middle = part.len() / 2;
            [&part[..20], &part[middle - 10..middle + 10], &part[part.len() - 20..]]
        });
        ends.map(str::to_owned).collect::<Vec<_>>()
    };
    // The header of a good token is the same in all, and says nothing; what identifies a user or a session comes after it.
    let header = parts(&tokens[24])[0].clone();
    let mut all: Vec<String> =
        tokens.iter().flat_map(parts).filter(|part| *part != header).collect();
    all.extend(marks());
    all
}

async fn check(
    name: &str,
    api: &RuntimeApi,
    process: &Process,
    events: &[Event],
    hidden: &[String],
) {
    for event in events {
        // An event without a known method is not one of HTTP, so it gets a failure and no answer.
        let _ = api.reply(&event.json(), Deadline::Absurd).await;
    }
    let last = api.answer(&Event::function_url(r#"{"data":1}"#)).await;
    process.record_of(&last.id).await;
    let output = process.output();
    assert!(
        output.contains("\"level\":\"DEBUG\"") || output.contains("\"level\":\"TRACE\""),
        "{name}"
    );
    for value in hidden {
        let line = output.lines().find(|line| line.contains(value.as_str()));
        assert!(line.is_none(), "{name}: {value} is in {line:?}");
    }
    say(&format!(
        "LOGS {name}: {} events, {} lines, none of {} values",
        events.len(),
        output.lines().count(),
        hidden.len()
    ));
}

#[tokio::test]
async fn no_line_of_a_callable_has_a_value_of_a_caller() {
    let keys = KeyServer::start().await;
    let tokens = tokens();
    for function in ["return-authenticated-message", "stream-authenticated-message"] {
        let api = RuntimeApi::start().await;
        let variables = [
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &*keys.url),
            ("FIREBASE_APP_CHECK_KEYS_URL", &*keys.url),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ];
        let process = api.function(built_function(function), &variables);
        check(function, &api, &process, &events(&tokens), &hidden(&tokens)).await;
    }
}

#[tokio::test]
async fn no_line_of_the_exchange_has_a_session_or_a_key() {
    let secrets = SecretsManager::start().await;
    secrets.create(SECRET, &service_account().to_string()).await;
    let api = RuntimeApi::start().await;
    let process = start_exchange(&api, &[], &secrets.url, &[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);
    let session =
        TestKeys::shared().clerk_session(ISSUER, PARTY, MARK, now()).claim("name", MARK).sign();
    let mut tokens = tokens();
    tokens.push(session);
    let exchanged = tokens
        .iter()
        .map(|token| Event::function_url(&json!({ "data": { "clerkToken": token } }).to_string()));
    let all: Vec<Event> = exchanged.chain(events(&tokens)).collect();
    let mut hidden = hidden(&tokens);
    let pem = TestKeys::shared().private_key_pem();
    hidden.extend(pem.lines().skip(1).filter(|line| line.len() > 20).map(str::to_owned));
    hidden.push("PRIVATE KEY".to_owned());
    check("exchange-clerk-token", &api, &process, &all, &hidden).await;
}
