//! Starts that fail: one sentence in the log and to the Runtime API, and exit code 1.

use tokio::{io::AsyncReadExt, net::TcpListener};

use super::*;

#[tokio::test]
async fn names_the_missing_or_wrong_variable_before_the_first_poll() {
    for (variables, sentence) in [
        (vec![], "FIREBASE_PROJECT_ID is not set: set it to"),
        (
            vec![
                ("FIREBASE_PROJECT_ID", "p"),
                ("FIREBASE_ID_TOKEN_KEYS_URL", "http://keys.example.com"),
            ],
            "FIREBASE_ID_TOKEN_KEYS_URL cannot be used: https is needed",
        ),
        (
            vec![("FIREBASE_PROJECT_ID", "p"), ("ALLOWED_ORIGINS", "app.example")],
            "ALLOWED_ORIGINS cannot be used: \\\"app.example\\\" is not an origin",
        ),
    ] {
        let api = RuntimeApi::start().await;
        let mut process = api.function(shipped(), &variables);
        assert_eq!(process.end().await.code(), Some(1));
        let record = process.record_with(sentence).await;
        // Lambda gets the same sentence as the log, and passes it on to the caller.
        let told = json!({
            "errorType": "Runtime.ConfigInvalid", "errorMessage": record["message"],
        });
        assert_eq!(api.init_errors(), [("Runtime.ConfigInvalid".to_owned(), told)]);
        assert_eq!(api.polls(), 0);
    }
}

/// Does not start the process with `RuntimeApi::function`, which would set all of Lambda's own variables.
#[tokio::test]
async fn names_the_variable_of_lambda_that_is_missing_or_wrong() {
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", None),
        ("AWS_LAMBDA_FUNCTION_VERSION", None),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", None),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Some("much")),
    ] {
        let api = RuntimeApi::start().await;
        let mut variables = vec![
            ("AWS_LAMBDA_RUNTIME_API", api.address()),
            ("AWS_LAMBDA_FUNCTION_NAME", "f"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("FIREBASE_PROJECT_ID", PROJECT),
        ];
        variables.retain(|(other, _)| *other != name);
        variables.extend(value.map(|value| (name, value)));
        let mut process = Process::start(misbehaving(), &variables);
        assert_eq!(process.end().await.code(), Some(1), "{name}");
        process.line_with(&format!("{name} is missing or not valid")).await;
        assert_eq!((api.init_errors().len(), api.polls()), (1, 0), "{name}");
        assert!(!process.output().contains("panic"), "{}", process.output());
    }
}

#[tokio::test]
async fn a_runtime_api_that_hangs_or_is_down_does_not_delay_the_exit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hanging = listener.local_addr().unwrap().to_string();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let accepted = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        stream.read_to_end(&mut seen).await.unwrap(); // until the process has ended
        String::from_utf8(seen).unwrap()
    });
    for api in [hanging.as_str(), &nobody, "no address"] {
        let mut process = Process::start(misbehaving(), &[("AWS_LAMBDA_RUNTIME_API", api)]);
        assert_eq!(process.end().await.code(), Some(1), "{api}");
        process.line_with("FIREBASE_PROJECT_ID is not set").await;
        process.line_with("the failed start could not be reported to the Runtime API").await;
    }
    let seen = crate::support::soon("the end of the connection", accepted).await.unwrap();
    assert!(seen.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"), "{seen}");
}

/// docs/upstream.md, 1: lambda_runtime parses the deadline header, and ends the process if it cannot. If this test
/// fails, lambda_runtime no longer ends the process, and such a call can be served without a deadline.
#[tokio::test]
async fn an_invocation_without_a_valid_deadline_ends_the_process_and_is_not_an_initialization_error()
 {
    for deadline in [Deadline::Missing, Deadline::Unreadable] {
        let (api, mut process) = misbehaving_lambda(&[]).await;
        api.answer(&told("refuse")).await;
        api.event(&told("refuse").json(), deadline);
        assert_eq!(process.end().await.code(), Some(1));
        process.line_with("AWS_LAMBDA_RUNTIME_API cannot be used").await;
        assert_eq!(api.init_errors(), []);
    }
}
