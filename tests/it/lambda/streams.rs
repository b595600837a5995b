//! Streams over Lambda: chunk by chunk if the front streams, in one piece if it does not.

use super::*;

#[tokio::test]
async fn in_stream_mode_every_answer_uses_response_streaming() {
    let lambda = lambda(&[("CALLABLE_RESPONSE_MODE", "stream")]).await;
    let event = Event::function_url(CALL).bearer(&token("ada"));
    let reply = lambda.api.reply(&event.json(), Deadline::Absurd).await;
    assert!(reply.streaming && !reply.failed);
    let result = r#"{"result":{"message":"Authenticated message 'some message' from user ada."}}"#;
    expect("unary", &reply.into_answer(), 200, result);

    let event = event.header("accept", &["text/event-stream"]);
    let answer = lambda.api.reply(&event.json(), Deadline::Absurd).await.into_answer();
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, format!("data: {result}\n\n").as_str())
    );
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));

    let preflight = Event::function_url("").method("OPTIONS");
    let answer = lambda.api.reply(&preflight.json(), Deadline::Absurd).await.into_answer();
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
}

#[tokio::test]
async fn sends_each_chunk_as_the_handler_sends_it_and_ends_a_panic_in_protocol_form() {
    let variables = [("CALLABLE_RESPONSE_MODE", "stream"), ("AWS_LAMBDA_MAX_CONCURRENCY", "2")];
    let (api, mut process) = misbehaving_lambda(&variables).await;
    // After each chunk the handler waits for another call. A chunk that arrives before that call was not buffered.
    let event = told("stream, then panic").header("accept", &["text/event-stream"]);
    let mut stream = api.stream(&event).await;
    for step in 0..3 {
        stream.until(&format!("data: {{\"message\":{step}}}\n\n")).await;
        api.reply(&told("go on").json(), Deadline::Absurd).await;
    }
    stream.until(&format!("data: {INTERNAL}\n\n")).await;
    assert!(
        stream.end().await.ends_with(&format!("data: {INTERNAL}\n\n")),
        "the error is the last event"
    );
    process.line_with("\"chunks\":3").await;
    assert!(process.is_running());
}

#[tokio::test]
async fn buffers_an_event_stream_where_the_front_does_not_stream() {
    let lambda = lambda(&[]).await;
    for (front, recorded) in FRONTS {
        let event = Event::post(recorded, CALL).header("accept", &["text/event-stream"]);
        let answer = lambda.api.answer(&event).await;
        assert_eq!(answer.status, 200, "{front}");
        assert_eq!(answer.body, format!("data: {SIGNED_OUT}\n\n"), "{front}");
        assert_eq!(answer.header("content-type"), Some("text/event-stream"), "{front}");
    }
}
