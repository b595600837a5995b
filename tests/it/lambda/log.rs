//! What an operator reads: one record per call, metrics, what is missing; and what must never be read.

use super::*;

#[tokio::test]
async fn no_log_level_shows_a_token_data_or_claims() {
    let lambda = lambda(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]).await;
    let token = token("uid-in-the-token");
    let body = r#"{"data":{"text":"text-in-the-data"}}"#;
    let forged = format!("{}x", token);
    for (_, recorded) in FRONTS {
        let event = Event::post(recorded, body).bearer(&token);
        assert_eq!(lambda.api.answer(&event).await.status, 200);
        lambda.api.answer(&Event::post(recorded, body).bearer(&forged)).await;
        lambda
            .api
            .answer(&Event::post(recorded, r#"{"data":{"text":5,"x":"text-in-the-data"}}"#))
            .await;
    }
    lambda.api.reply(r#"{"text":"text-in-the-data"}"#, Deadline::Absurd).await;
    lambda.process.line_with("\"http_status\":200").await;
    let output = lambda.process.output();
    let secrets = [
        &token[..20],
        &token[token.len() - 20..],
        "text-in-the-data",
        "uid-in-the-token",
        "ada@example.com",
    ];
    for secret in secrets {
        assert!(!output.contains(secret), "{secret}");
    }
    assert!(output.contains("callable request verification"), "the fine levels are on");
}

#[tokio::test]
async fn logs_one_record_per_call_with_lambdas_request_id() {
    let lambda = lambda(&[]).await;
    lambda.api.answer(&Event::function_url(CALL).bearer(&token("ada"))).await;
    let line = lambda.process.line_with("callable finished").await;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["status"], "OK");
    assert_eq!(record["http_status"], 200);
    assert!(record["duration_ms"].as_f64().is_some());
    assert_eq!(record["level"], "INFO");
    let callable = &record["spans"][0]; // what docs/deploy.md asks CloudWatch for
    assert_eq!(callable["function"], "returnAuthenticatedMessage", "{record}");
    assert_eq!(callable["requestId"], "request-1");
    assert_eq!(callable["xrayTraceId"], TRACE);
    assert_eq!(
        (&callable["cold_start"], &callable["accepts_streaming"]),
        (&json!(true), &json!(false))
    );

    lambda.api.answer(&Event::function_url(CALL).bearer("forged")).await;
    let line = lambda.process.line_with("INVALID").await;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&record["level"], &record["auth_reason"]), (&json!("WARN"), &json!("malformed")));
    assert_eq!(record["verifications.auth"], "INVALID");
    assert_eq!(record["firebase-log-type"], "callable-request-verification");
    assert_eq!(lambda.process.output().matches("callable finished").count(), 2);
}

#[tokio::test]
async fn the_cause_of_a_refusal_is_a_line_of_its_own_and_the_record_stays_as_mild() {
    let (api, process) = misbehaving_lambda().await;
    let answer = api.answer(&told("refuse with a cause")).await;
    let sent = r#"{"error":{"message":"nf","status":"NOT_FOUND"}}"#;
    expect("refuse", &answer, 404, sent);
    process.line_with("callable finished").await;
    let line = process.line_with("cause of a refusal").await;
    let cause: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&cause["level"], &cause["status"]), (&json!("WARN"), &json!("NOT_FOUND")));
    assert_eq!(cause["error"], "invalid digit found in string");
    assert_eq!(cause["spans"][0]["requestId"], "request-1");
    let line = process.line_with("callable finished").await;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&record["level"], &record["http_status"]), (&json!("INFO"), &json!(404)));
}

#[tokio::test]
async fn metrics_are_lines_of_their_own_where_a_callable_asks_for_them() {
    let (api, process) = misbehaving_lambda().await;
    for what in ["refuse", "fail"] {
        api.answer(&told(what)).await;
    }
    api.stream(&told("refuse").header("accept", &["text/event-stream"])).await.end().await;
    process.line_with("\"status\":\"INTERNAL\",\"calls\"").await;
    let lines = process.output();
    let metrics: Vec<serde_json::Value> = lines
        .lines()
        .filter(|line| line.starts_with("{\"_aws\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seen: Vec<_> = metrics.iter().map(|line| (&line["status"], &line["coldStarts"])).collect();
    let (refused, failed) = (json!("FAILED_PRECONDITION"), json!("INTERNAL"));
    assert_eq!(seen, [(&refused, &json!(1)), (&failed, &json!(0)), (&refused, &json!(0))]);
    assert_eq!(metrics[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Suite");
    assert_eq!(metrics[0]["function"], "returnAuthenticatedMessage");
    assert!(metrics[0]["idTokenKeys"]["fetches"].is_number());

    let plain = lambda(&[]).await;
    plain.api.answer(&Event::function_url(CALL)).await;
    plain.process.line_with("callable finished").await;
    assert!(!plain.process.output().contains("_aws"), "off by default");
}

#[tokio::test]
async fn lines_are_text_where_lambda_is_set_so_and_metrics_are_json_all_the_same() {
    let api = RuntimeApi::start().await;
    let nowhere = KeyServer::nowhere().await;
    let variables = [
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_ID_TOKEN_KEYS_URL", nowhere.as_str()),
        ("AWS_LAMBDA_LOG_FORMAT", "Text"),
    ];
    let process = api.function(misbehaving(), &variables);
    api.answer(&told("refuse")).await;
    process.line_with("\"status\":\"FAILED_PRECONDITION\",\"calls\"").await;
    let output = process.output();
    let about = |what: &str| output.lines().filter(|line| line.contains(what)).collect::<Vec<_>>();
    let [record] = about("callable finished")[..] else { panic!("{output}") };
    assert!(
        record.contains(" INFO callable{") && record.contains("requestId=\"request-1\""),
        "{record}"
    );
    let [metrics] = about("_aws")[..] else { panic!("{output}") };
    assert!(serde_json::from_str::<serde_json::Value>(metrics).is_ok(), "{metrics}");
}

/// Starts the misbehaving callable with these variables of the log.
async fn logging(variables: &[(&str, &str)]) -> (RuntimeApi, Process) {
    let api = RuntimeApi::start().await;
    let nowhere = KeyServer::nowhere().await;
    let mut all =
        vec![("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", nowhere.as_str())];
    all.extend(variables);
    let process = api.function(misbehaving(), &all);
    (api, process)
}

/// What an operator searches by is in each line, whoever wrote it: the callable, a panic, the host.
#[tokio::test]
async fn every_line_about_an_invocation_has_its_ids_at_every_level_and_in_both_forms() {
    for (level, format) in [
        ("DEBUG", "JSON"),
        ("INFO", "JSON"),
        ("WARN", "JSON"),
        ("ERROR", "JSON"),
        ("FATAL", "JSON"),
        ("WARN", "Text"),
        ("ERROR", "Text"),
    ] {
        let variables = [("AWS_LAMBDA_LOG_LEVEL", level), ("AWS_LAMBDA_LOG_FORMAT", format)];
        let (api, process) = logging(&variables).await;
        api.answer(&told("fail")).await;
        api.answer(&told("panic")).await;
        api.answer(&told("refuse").bearer("forged")).await;
        api.reply("{}", Deadline::Absurd).await;
        let mut expected = vec![
            ("invalid digit found in string", "request-1", "ERROR"),
            ("a literal text", "request-2", "ERROR"),
            ("neither httpMethod nor", "request-4", "ERROR"),
        ];
        if !["ERROR", "FATAL"].contains(&level) {
            expected.push(("malformed", "request-3", "WARN"));
        }
        for (text, id, of_level) in expected {
            let line = process.line_with(text).await;
            let name = format!("{level} {format}: {line}");
            if format == "Text" {
                let ids = [format!("requestId=\"{id}\""), format!("xrayTraceId=\"{TRACE}\"")];
                assert!(ids.iter().all(|id| line.contains(id)), "{name}");
                assert!(line.contains("function=\"returnAuthenticatedMessage\""), "{name}");
                assert!(line.contains(of_level), "{name}");
                continue;
            }
            let record: serde_json::Value = serde_json::from_str(&line).unwrap();
            let span = &record["spans"][0];
            assert_eq!(
                (&record["level"], &span["requestId"]),
                (&json!(of_level), &json!(id)),
                "{name}"
            );
            assert_eq!(span["xrayTraceId"], TRACE, "{name}");
            assert_eq!(span["function"], "returnAuthenticatedMessage", "{name}");
        }
        let lines = process.output();
        assert_eq!(
            lines.contains("\"level\":\"INFO\",\"function\""),
            !["WARN", "ERROR", "FATAL"].contains(&level),
            "metrics are of level INFO"
        );
    }
}

/// `spans.0` is what docs/deploy.md groups calls by.
#[tokio::test]
async fn the_first_span_is_the_callables_where_lambda_sends_several_events_at_once() {
    let (api, process) = logging(&[("AWS_LAMBDA_MAX_CONCURRENCY", "2")]).await;
    api.answer(&told("fail")).await;
    let line = process.line_with("callable finished").await;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["spans"].as_array().unwrap().len(), 1, "{line}");
    assert_eq!(record["spans"][0]["name"], "callable", "{line}");
}
