//! The log: one record per call, metrics, errors with the ids of their call, and no secrets.

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
    assert!(output.contains("callable request verification"), "DEBUG lines are logged");
}

#[tokio::test]
async fn logs_one_record_per_call_with_lambdas_request_id() {
    let lambda = lambda(&[]).await;
    lambda.api.answer(&Event::function_url(CALL).bearer(&token("ada"))).await;
    let record = lambda.process.record_with("callable finished").await;
    assert_eq!(record["status"], "OK");
    assert_eq!(record["http_status"], 200);
    assert!(record["duration_ms"].as_f64().is_some());
    assert_eq!(record["level"], "INFO");
    let callable = &record["spans"][0]; // the queries in docs/deploy.md use its fields
    assert_eq!(callable["function"], "returnAuthenticatedMessage", "{record}");
    assert_eq!(callable["requestId"], "request-1");
    assert_eq!(callable["xrayTraceId"], TRACE);
    assert_eq!(
        (&callable["cold_start"], &callable["accepts_streaming"]),
        (&json!(true), &json!(false))
    );

    lambda.api.answer(&Event::function_url(CALL).bearer("forged")).await;
    let record = lambda.process.record_with("INVALID").await;
    assert_eq!((&record["level"], &record["auth_reason"]), (&json!("WARN"), &json!("malformed")));
    assert_eq!(record["verifications.auth"], "INVALID");
    assert_eq!(record["firebase-log-type"], "callable-request-verification");
    assert_eq!(lambda.process.lines_with("callable finished", 2).await.len(), 2);
}

#[tokio::test]
async fn the_cause_of_a_refusal_is_a_separate_warning_and_the_record_stays_at_info() {
    let (api, process) = misbehaving_lambda(&[]).await;
    let answer = api.answer(&told("refuse with a cause")).await;
    let sent = r#"{"error":{"message":"nf","status":"NOT_FOUND"}}"#;
    expect("refuse", &answer, 404, sent);
    process.line_with("callable finished").await;
    let cause = process.record_with("cause of a refusal").await;
    assert_eq!((&cause["level"], &cause["status"]), (&json!("WARN"), &json!("NOT_FOUND")));
    assert_eq!(cause["error"], "invalid digit found in string");
    assert_eq!(cause["spans"][0]["requestId"], "request-1");
    let record = process.record_with("callable finished").await;
    assert_eq!((&record["level"], &record["http_status"]), (&json!("INFO"), &json!(404)));
}

#[tokio::test]
async fn metrics_are_separate_lines_and_off_by_default() {
    let (api, process) = misbehaving_lambda(&[]).await;
    for what in ["refuse", "fail"] {
        api.answer(&told(what)).await;
    }
    api.stream(&told("refuse").header("accept", &["text/event-stream"])).await.end().await;
    let lines = process.lines_with("{\"_aws\"", 3).await;
    let metrics: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
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
async fn with_the_text_format_lines_are_text_and_metrics_stay_json() {
    let (api, process) = misbehaving_lambda(&[("AWS_LAMBDA_LOG_FORMAT", "Text")]).await;
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

/// Operators search by these ids, so every line has them: those of the callable, of a panic and of the host.
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
        let (api, process) = misbehaving_lambda(&variables).await;
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

/// docs/deploy.md groups calls by `spans.0`.
#[tokio::test]
async fn the_first_span_is_the_callables_where_lambda_sends_several_events_at_once() {
    let (api, process) = misbehaving_lambda(&[("AWS_LAMBDA_MAX_CONCURRENCY", "2")]).await;
    api.answer(&told("fail")).await;
    let record = process.record_with("callable finished").await;
    assert_eq!(record["spans"].as_array().unwrap().len(), 1, "{record}");
    assert_eq!(record["spans"][0]["name"], "callable", "{record}");
}
