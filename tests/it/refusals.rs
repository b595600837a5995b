//! What a refused call costs, whatever its token holds: at most three times a small call that is let in, most of which
//! is one RSA signature check. A token of full length is read once, which is what the other two parts are for.
//! Counted in instructions of the release binaries, so that no load of the machine changes a figure.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use firebase_callable_clerk::testing::ClerkTestKeys;
use firebase_callable_google::testing::GoogleTestKeys;
use serde_json::{Value, json};
use shared::testing::TestKeys;

use crate::{
    guards::{VALGRIND, is_installed, per_call},
    support::{
        PROJECT,
        event::Event,
        key_server::KeyServer,
        now,
        process::{Process, exchange, shipped},
        runtime_api::RuntimeApi,
        say,
        secrets_manager::SecretsManager,
        token,
    },
};

const CALL: &str = r#"{"data":{"text":"some message"}}"#;
const ISSUER: &str = "https://clerk.example.com";
const PARTY: &str = "https://app.example.com";
const SECRET: &str = "firebase/service-account";
/// How many small calls that are let in a refused one may cost.
const MOST: f64 = 3.0;
/// Tokens may have this many bytes; the hostile ones here come near it.
const LONG: usize = 15_000;

/// How many instructions one such event takes, among many, in a function that `start` starts.
async fn cost(event: &Event, start: impl Fn(&RuntimeApi, &[&str]) -> Process) -> f64 {
    per_call(event, async |events| {
        let api = RuntimeApi::start().await;
        let watcher = [VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let mut process = start(&api, &watcher);
        api.first_poll().await;
        for event in events {
            api.answer(event).await;
        }
        process.terminate();
        let line = process.line_with("Collected :").await;
        process.end().await;
        line.rsplit(' ').next().unwrap().parse().unwrap()
    })
    .await
}

/// A token in the three parts of a JWT, with a signature of the right length that nobody made.
fn forged(header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(payload), URL_SAFE_NO_PAD.encode([7; 256]))
}

fn header(kid: &str) -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": kid })
}

/// The payload of a good token with these members in place of its own.
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

/// Forged ID tokens, each made to keep a verifier busy before it looks at the signature.
fn hostile_id_tokens() -> Vec<(&'static str, Event)> {
    let good = token("ada");
    let many: serde_json::Map<String, Value> =
        (0..LONG / 12).map(|n| (format!("c{n}"), json!(n))).collect();
    let deep = format!("{}{}", "[".repeat(LONG / 4), "]".repeat(LONG / 4));
    let cases = [
        ("a signature that nobody made", forged(&header(&kid(&good)), &payload(&good, &[]))),
        ("many claims", forged(&header(&kid(&good)), &payload(&good, &[("more", many.into())]))),
        (
            "a list of empty lists",
            forged(
                &header(&kid(&good)),
                &payload(&good, &[("more", json!(vec![json!([]); LONG / 4]))]),
            ),
        ),
        ("a key id of no key", forged(&header(&"k".repeat(100)), &payload(&good, &[]))),
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
        ("as many names as may be", {
            organization("o:f".to_owned(), vec!["p"; 1000].join(","), "9".repeat(300))
        }),
    ];
    let call = |token: String| json!({ "data": { "clerkToken": token } }).to_string();
    cases.map(|(name, token)| (name, Event::function_url(&call(token)))).into()
}

#[tokio::test]
async fn a_refused_call_costs_at_most_three_calls_that_are_let_in() {
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
    let account =
        TestKeys::shared().service_account(PROJECT, "https://oauth2.googleapis.com/token");
    secrets.create(SECRET, &account.to_string()).await;
    let key = TestKeys::shared().public_key_pem();
    let session = |api: &RuntimeApi, watcher: &[&str]| {
        let variables = [
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_SERVICE_ACCOUNT_SECRET", SECRET),
            ("CLERK_ISSUER", ISSUER),
            ("CLERK_AUTHORIZED_PARTIES", PARTY),
            ("CLERK_JWT_KEY", key.as_str()),
            ("ALLOWED_ORIGINS", PARTY),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        api.function_under(watcher, exchange(), &variables)
    };
    let admitted = cost(&Event::function_url(CALL).bearer(&token("ada")), callable).await;
    let mut dear = Vec::new();
    let mut see = |name: &str, cost: f64| {
        say(&format!("refused, {name}: {:.0} thousand instructions", cost / 1e3));
        if cost > MOST * admitted {
            dear.push(format!("{name}: {cost}"));
        }
    };
    say(&format!("let in: {:.0} thousand instructions", admitted / 1e3));
    for (name, event) in hostile_id_tokens() {
        see(name, cost(&event, callable).await);
    }
    for (name, event) in hostile_sessions() {
        see(name, cost(&event, session).await);
    }
    assert!(dear.is_empty(), "let in: {admitted}; {dear:#?}");
}
