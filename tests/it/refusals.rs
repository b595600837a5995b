//! A refused call costs at most three times as much as a small call that is admitted, even if its token is made to be
//! expensive. The cost of an admitted call is mostly one RSA signature check; the factor leaves room for reading a
//! token of nearly the greatest length once. Costs are instructions of the release binaries, so the machine's load does
//! not change them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use firebase_callable_clerk::testing::ClerkTestKeys;
use serde_json::{Value, json};
use shared::testing::TestKeys;

use crate::{
    guards::{CALLGRIND, INSTRUCTIONS, VALGRIND, counted, is_installed, per_call},
    support::{
        PROJECT,
        event::Event,
        key_server::KeyServer,
        now,
        process::{Process, shipped},
        runtime_api::RuntimeApi,
        say,
        secrets_manager::{ISSUER, PARTY, SECRET, SecretsManager, service_account, start_exchange},
        token,
    },
};

const CALL: &str = r#"{"data":{"text":"some message"}}"#;
/// The greatest cost of a refused call, as a multiple of a small call that is admitted.
const MOST: f64 = 3.0;
/// Length of the hostile tokens: nearly the greatest that is accepted.
const LONG: usize = 15_000;

/// The number of instructions for one such event, in a function that `start` starts.
async fn cost(event: &Event, start: impl Fn(&RuntimeApi, &[&str]) -> Process) -> f64 {
    per_call(event, async |events| {
        let api = RuntimeApi::start().await;
        let process = start(&api, &CALLGRIND);
        api.first_poll().await;
        counted(&api, process, INSTRUCTIONS, events).await
    })
    .await
}

/// A token with the three parts of a JWT. Its signature has the right length, but is wrong.
fn forged(header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(payload), URL_SAFE_NO_PAD.encode([7; 256]))
}

fn header(kid: &str) -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": kid })
}

/// The payload of a valid token, with these members replaced.
fn payload(token: &str, members: &[(&str, Value)]) -> Value {
    let part = token.split('.').nth(1).unwrap();
    let mut payload: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    for (name, value) in members {
        payload[name] = value.clone();
    }
    payload
}

fn kid(token: &str) -> String {
    let part = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    header["kid"].as_str().unwrap_or_default().to_owned()
}

/// Forged ID tokens, each made to cost a verifier much before it checks the signature.
fn hostile_id_tokens() -> Vec<(&'static str, Event)> {
    let good = token("ada");
    let many: serde_json::Map<String, Value> =
        (0..LONG / 12).map(|n| (format!("c{n}"), json!(n))).collect();
    let deep = format!("{}{}", "[".repeat(LONG / 4), "]".repeat(LONG / 4));
    let cases = [
        ("a wrong signature", forged(&header(&kid(&good)), &payload(&good, &[]))),
        ("many claims", forged(&header(&kid(&good)), &payload(&good, &[("more", many.into())]))),
        (
            "a list of empty lists",
            forged(
                &header(&kid(&good)),
                &payload(&good, &[("more", json!(vec![json!([]); LONG / 4]))]),
            ),
        ),
        ("an unknown key id", forged(&header(&"k".repeat(100)), &payload(&good, &[]))),
        ("dots", ".".repeat(LONG)),
        ("a header of brackets", format!("{}.e30.e30", URL_SAFE_NO_PAD.encode(&deep))),
        ("escapes", {
            let text = format!("{{\"sub\":\"{}\"}}", "\\u0061".repeat(LONG / 10));
            let head = URL_SAFE_NO_PAD.encode(header("k").to_string());
            format!("{head}.{}.AAAA", URL_SAFE_NO_PAD.encode(text))
        }),
    ];
    cases.map(|(name, token)| (name, Event::function_url(CALL).bearer(&token))).into()
}

/// Forged Clerk sessions for the exchange.
fn hostile_sessions() -> Vec<(&'static str, Event)> {
    let good = TestKeys::shared().clerk_session(ISSUER, PARTY, "user_ada", now()).sign();
    let organization = |features: String, names: String, masks: String| {
        let members = [
            ("v", json!(2)),
            ("fea", json!(features)),
            ("o", json!({ "id": "org_1", "rol": "admin", "per": names, "fpm": masks })),
        ];
        forged(&header(&kid(&good)), &payload(&good, &members))
    };
    let cases = [
        ("masks of a thousand digits", {
            let masks = vec!["9".repeat(1000); 8].join(",");
            organization(["o:f"; 8].join(","), vec!["p"; 900].join(","), masks)
        }),
        ("a thousand masks", {
            let masks = vec!["255"; 1000].join(",");
            organization(vec!["o:f"; 1000].join(","), ["p"; 8].join(","), masks)
        }),
        ("as many names as are accepted", {
            organization("o:f".to_owned(), vec!["p"; 1000].join(","), "9".repeat(300))
        }),
    ];
    let call = |token: String| json!({ "data": { "clerkToken": token } }).to_string();
    cases.map(|(name, token)| (name, Event::function_url(&call(token)))).into()
}

#[tokio::test]
async fn a_refused_call_costs_at_most_three_admitted_calls() {
    if !is_installed(VALGRIND) {
        return;
    }
    let keys = KeyServer::start().await;
    let callable = |api: &RuntimeApi, watcher: &[&str]| {
        let variables =
            [("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", keys.url.as_str())];
        api.function_under(watcher, shipped(), &variables)
    };
    let secrets = SecretsManager::start().await;
    secrets.create(SECRET, &service_account().to_string()).await;
    let session =
        |api: &RuntimeApi, watcher: &[&str]| start_exchange(api, watcher, &secrets.url, &[]);
    let admitted = cost(&Event::function_url(CALL).bearer(&token("ada")), callable).await;
    let mut expensive = Vec::new();
    let mut check = |name: &str, cost: f64| {
        say(&format!("refused, {name}: {:.0} thousand instructions", cost / 1e3));
        if cost > MOST * admitted {
            expensive.push(format!("{name}: {cost}"));
        }
    };
    say(&format!("admitted: {:.0} thousand instructions", admitted / 1e3));
    for (name, event) in hostile_id_tokens() {
        check(name, cost(&event, callable).await);
    }
    for (name, event) in hostile_sessions() {
        check(name, cost(&event, session).await);
    }
    assert!(expensive.is_empty(), "admitted: {admitted}; {expensive:#?}");
}
