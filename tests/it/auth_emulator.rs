//! The Auth emulator mode, in a build that has it. The mode needs both opt-ins (the builder's and the variable), a
//! local host and a demo project, and never starts on the real Lambda.

use shared::{testing::TestKeys, token::emulator::MARKER};

use crate::support::{
    contains,
    event::Event,
    key_server::KeyServer,
    now,
    process::{emulated, misbehaving},
    runtime_api::RuntimeApi,
};

const PROJECT: &str = "demo-app";
const HOST: (&str, &str) = ("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099");
const SAM_LOCAL: (&str, &str) = ("AWS_SAM_LOCAL", "true");
const CALL: &str = r#"{"data":null}"#;

fn unsigned() -> Event {
    let token = TestKeys::shared().id_token(PROJECT, "ada", now()).unsigned();
    Event::function_url(CALL).bearer(&token)
}

fn signed() -> Event {
    let token = TestKeys::shared().id_token(PROJECT, "ada", now()).sign();
    Event::function_url(CALL).bearer(&token)
}

#[tokio::test]
async fn with_both_opt_ins_unsigned_tokens_are_accepted_and_signed_ones_refused() {
    let api = RuntimeApi::start().await;
    let process = api.function(emulated(), &[("FIREBASE_PROJECT_ID", PROJECT), HOST, SAM_LOCAL]);
    assert_eq!(api.answer(&unsigned()).await.body, r#"{"result":"ada"}"#);
    assert_eq!(api.answer(&signed()).await.status, 401);
    let line = process.line_with("accepting unsigned tokens").await;
    assert!(line.contains("WARN") && line.contains(MARKER), "{line}");
    let binary = std::fs::read(emulated()).unwrap();
    assert!(contains(&binary, MARKER.as_bytes()), "the marker is in the binary");
}

#[tokio::test]
async fn with_one_opt_in_every_token_is_verified() {
    let keys = KeyServer::start().await;
    let base = [
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_ID_TOKEN_KEYS_URL", keys.url.as_str()),
        SAM_LOCAL,
    ];
    // Only the builder opts in: the variable is not set.
    let api = RuntimeApi::start().await;
    let _process = api.function(emulated(), &base);
    assert_eq!(api.answer(&unsigned()).await.status, 401);
    assert_eq!(api.answer(&signed()).await.body, r#"{"result":"ada"}"#);

    // Only the variable opts in: the callable does not, in a build with the feature.
    let api = RuntimeApi::start().await;
    let process = api.function(misbehaving(), &[base[0], base[1], SAM_LOCAL, HOST]);
    assert_eq!(api.answer(&unsigned()).await.status, 401);
    assert_eq!(api.answer(&signed()).await.status, 200);
    process.line_with("set, and ignored: this build verifies every token").await;
}

#[tokio::test]
async fn does_not_start_on_lambda_with_a_public_host_or_with_a_real_project() {
    let project = ("FIREBASE_PROJECT_ID", PROJECT);
    let public = ("FIREBASE_AUTH_EMULATOR_HOST", "auth.example.com:9099");
    let with_scheme = ("FIREBASE_AUTH_EMULATOR_HOST", "http://127.0.0.1:9099");
    let real_project = ("FIREBASE_PROJECT_ID", "my-app");
    let cases: [(&str, &[(&str, &str)], &str); 4] = [
        ("on Lambda", &[project, HOST], "FIREBASE_AUTH_EMULATOR_HOST is set on Lambda"),
        (
            "public host",
            &[project, public, SAM_LOCAL],
            "FIREBASE_AUTH_EMULATOR_HOST cannot be used: the Auth emulator must be local",
        ),
        (
            "scheme",
            &[project, with_scheme, SAM_LOCAL],
            "FIREBASE_AUTH_EMULATOR_HOST cannot be used: write host:port",
        ),
        (
            "real project",
            &[real_project, HOST, SAM_LOCAL],
            "FIREBASE_PROJECT_ID does not begin with demo-",
        ),
    ];
    for (name, variables, sentence) in cases {
        let api = RuntimeApi::start().await;
        let mut process = api.function(emulated(), variables);
        assert_eq!(process.end().await.code(), Some(1), "{name}");
        process.line_with(sentence).await;
        assert_eq!(api.polls(), 0, "{name}");
    }
}
