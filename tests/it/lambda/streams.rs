//! Streams as Lambda takes them: chunk by chunk where the front streams, buffered where it does not.

use super::*;

#[tokio::test]
async fn streams_through_response_streaming_where_the_front_asks_for_it() {
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
    let api = RuntimeApi::start().await;
    let nowhere = KeyServer::nowhere().await;
    let mut process = api.function(
        misbehaving(),
        &[
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &nowhere),
            ("CALLABLE_RESPONSE_MODE", "stream"),
            ("AWS_LAMBDA_MAX_CONCURRENCY", "2"),
        ],
    );
    // The handler waits for another call before it goes on: what arrives meanwhile is not buffered.
    let event = told("stream, then panic").header("accept", &["text/event-stream"]);
    let mut stream = api.stream(&event).await;
    for step in 0..3 {
        stream.until(&format!("data: {{\"message\":{step}}}\n\n")).await;
        api.reply(&told("go on").json(), Deadline::Absurd).await;
    }
    stream.until(&format!("data: {INTERNAL}\n\n")).await;
    assert!(stream.end().await.ends_with(&format!("data: {INTERNAL}\n\n")), "nothing after it");
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
