//! Streams as the clients parse them, with any text in a chunk. Each reader is a port of a client's parser, bugs
//! included.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use proptest::prelude::*;

use super::{streaming::body_of, *};
use crate::ChunkSender;

/// What a client parses from a stream.
#[derive(Debug, PartialEq)]
struct Parsed {
    chunks: Vec<Value>,
    end: End,
}

#[derive(Debug, PartialEq)]
enum End {
    Result(Value),
    Error(Value),
    /// The client reports an error of its own.
    Broken,
    /// The client waits forever.
    Never,
}

impl Parsed {
    fn nothing() -> Self {
        Self { chunks: Vec::new(), end: End::Never }
    }

    fn broken(self) -> Self {
        Self { end: End::Broken, ..self }
    }
}

fn text_of(pieces: &[Bytes]) -> String {
    String::from_utf8(pieces.concat()).unwrap()
}

/// The characters that JavaScript's `trim` removes; U+0085 is not one of them.
fn is_javascript_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{FEFF}'
}

/// The Web SDK. Source: firebase/firebase-js-sdk `packages/functions/src/service.ts`, `createResponseStream`.
fn web(pieces: &[Bytes]) -> Parsed {
    let mut parsed = Parsed::nothing();
    let text = text_of(pieces);
    for line in text.split('\n').map(|line| line.trim_matches(is_javascript_space)) {
        // `/^data: (.*?)(?:\n|$)/`: `.` does not match a line end, and `$` matches only the end of the text.
        let Some(data) = line.strip_prefix("data: ") else { continue };
        if data.contains(['\r', '\u{2028}', '\u{2029}']) {
            continue;
        }
        let Ok(Value::Object(event)) = serde_json::from_str(data) else { continue };
        if let Some(result) = event.get("result") {
            if parsed.end == End::Never {
                parsed.end = End::Result(result.clone());
            }
        } else if let Some(message) = event.get("message") {
            if !matches!(parsed.end, End::Error(_)) {
                parsed.chunks.push(message.clone());
            }
        } else if let (Some(error), End::Never) = (event.get("error"), &parsed.end) {
            parsed.end = End::Error(error.clone());
        }
    }
    parsed
}

/// Kotlin's `isWhitespace` on the JVM.
fn is_kotlin_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || ('\u{1C}'..='\u{1F}').contains(&c)
}

/// The lines that Java's `BufferedReader` returns: text after the last line end is a line, unless it is empty.
fn java_lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

/// The Android SDK. Source: firebase/firebase-android-sdk `firebase-functions`, `PublisherStream.kt`,
/// `processSSEStream` and `processEvent`.
fn android(pieces: &[Bytes]) -> Parsed {
    let (mut parsed, mut buffer) = (Parsed::nothing(), String::new());
    for line in java_lines(&text_of(pieces)) {
        if line.chars().all(is_kotlin_space) {
            android_event(&mut parsed, &std::mem::take(&mut buffer));
        } else if let Some(data) = line.strip_prefix("data:").or(line.strip_prefix("result:")) {
            buffer.push_str(data.trim_matches(is_kotlin_space));
            buffer.push('\n');
        }
    }
    if !buffer.is_empty() {
        android_event(&mut parsed, &buffer);
    }
    parsed
}

/// Every blank line ends an event, even if the event is empty. A null is ignored, both as a chunk and as the result.
fn android_event(parsed: &mut Parsed, text: &str) {
    if parsed.end != End::Never {
        return;
    }
    let Ok(Value::Object(event)) = serde_json::from_str(text) else {
        parsed.end = End::Broken;
        return;
    };
    if let Some(message) = event.get("message") {
        parsed.chunks.extend((!message.is_null()).then(|| message.clone()));
    } else if let Some(error) = event.get("error") {
        parsed.end = End::Error(error.clone());
    } else if let Some(result) = event.get("result").filter(|result| !result.is_null()) {
        parsed.end = End::Result(result.clone());
    }
}

/// The iOS SDK: it ends a line at more characters, skips empty lines, and fails at a line without `data:`. Source:
/// firebase/firebase-ios-sdk `FirebaseFunctions/Sources/Functions.swift`, `stream` and `callableStreamResult`.
fn ios(pieces: &[Bytes]) -> Parsed {
    let mut parsed = Parsed::nothing();
    let ends = ['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    for line in text_of(pieces).split(ends).filter(|line| !line.is_empty()) {
        let data = line.strip_prefix("data:").map(serde_json::from_str);
        let Some(Ok(Value::Object(event))) = data else { return parsed.broken() };
        if let Some(error) = event.get("error") {
            return Parsed { end: End::Error(error.clone()), ..parsed };
        }
        match (event.get("result"), event.get("message")) {
            (Some(result), _) => parsed.end = End::Result(result.clone()),
            (None, Some(message)) => parsed.chunks.push(message.clone()),
            (None, None) => return parsed.broken(),
        }
    }
    parsed
}

/// Genkit's client, the strictest: it decodes each piece as UTF-8 separately. An event is the text before two line
/// feeds, without its first six characters. Source: firebase/genkit `js/genkit/src/client/client.ts`,
/// `__flowRunEnvelope`.
fn genkit(pieces: &[Bytes]) -> Parsed {
    let (mut parsed, mut buffer) = (Parsed::nothing(), String::new());
    for piece in pieces {
        buffer.push_str(&String::from_utf8_lossy(piece));
        while let Some((event, rest)) = buffer.split_once("\n\n") {
            let json: String = event.chars().skip("data: ".len()).collect();
            let Ok(Value::Object(event)) = serde_json::from_str(&json) else {
                return parsed.broken();
            };
            buffer = rest.to_owned();
            if let Some(message) = event.get("message") {
                parsed.chunks.push(message.clone());
            } else if let Some(result) = event.get("result") {
                return Parsed { end: End::Result(result.clone()), ..parsed };
            } else if let Some(error) = event.get("error") {
                return Parsed { end: End::Error(error.clone()), ..parsed };
            } else {
                return parsed.broken();
            }
        }
    }
    parsed
}

const READERS: [(&str, fn(&[Bytes]) -> Parsed); 4] =
    [("Web", web), ("Android", android), ("iOS", ios), ("Genkit", genkit)];

/// A callable that sends the items of its argument as chunks. It ends with the whole list as the result, or as the
/// details of an error.
fn repeats(padded: bool, fails: bool) -> Callable {
    Callable::streaming(
        move |request: CallableRequest<Vec<Value>>, out: ChunkSender<Value>| async move {
            for chunk in &request.data {
                if padded {
                    tokio::time::sleep(Duration::from_secs(70)).await;
                }
                out.send(chunk).await?;
            }
            if fails {
                return Err(HttpsError::aborted("m").with_details(&request.data));
            }
            Ok(request.data)
        },
    )
}

async fn pieces(callable: Callable, data: Value) -> Vec<Bytes> {
    let mut body = body_of(callable, data).await;
    let mut pieces = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        pieces.push(frame.into_data().unwrap());
    }
    pieces
}

fn chunks() -> impl Strategy<Value = Vec<Value>> {
    let text = "(.|[\u{2028}\u{2029}\u{85}\u{b}\u{c}\u{1c}\u{a0}\u{feff}\r\n\" ]){0,12}";
    let chunk = prop_oneof![
        6 => text.prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!({"result": {"message": [], "error": "data: \n\n"}})),
        1 => any::<i32>().prop_map(|number| json!(f64::from(number) + 0.5)),
    ];
    proptest::collection::vec(chunk, 0..6)
}

proptest! {
    #[test]
    fn every_client_reads_every_chunk_and_the_end_whatever_text_they_contain(
        chunks in chunks(),
        padded in any::<bool>(),
        fails in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let pieces = runtime.block_on(pieces(repeats(padded, fails), json!(chunks)));
        for (name, reader) in READERS {
            let drops_nulls = name == "Android";
            let end = if fails {
                End::Error(json!({"details": chunks, "message": "m", "status": "ABORTED"}))
            } else {
                End::Result(json!(chunks))
            };
            let chunks = chunks.iter().filter(|chunk| !(drops_nulls && chunk.is_null())).cloned();
            prop_assert_eq!(reader(&pieces), Parsed { chunks: chunks.collect(), end }, "{}", name);
        }
    }
}

/// The readers are as strict as their sources: each framing after the first two is one that at least one client cannot
/// parse.
#[test]
fn the_readers_fail_where_the_clients_do() {
    let cases: [(&str, [End; 4]); 9] = [
        ("data: {\"result\":1}\n\n", [result(), result(), result(), result()]),
        ("data: {\"result\":1}\n\n\n", [result(), result(), result(), result()]),
        // Android and Genkit parse an empty event.
        (
            "data: {\"message\":0}\n\n\n\ndata: {\"result\":1}\n\n",
            [result(), End::Broken, result(), End::Broken],
        ),
        (": ping\n\ndata: {\"result\":1}\n\n", [result(), End::Broken, End::Broken, End::Broken]),
        ("data: {\"result\":\n1}\n\n", [End::Never, End::Broken, End::Broken, result()]),
        ("data: {\"result\": \u{2028}1}\n\n", [End::Never, End::Broken, End::Broken, End::Broken]),
        ("data:{\"result\":1}\n\n", [End::Never, result(), result(), End::Broken]),
        ("result: {\"result\":1}\n\n", [End::Never, result(), End::Broken, End::Broken]),
        ("data: {\"result\":1}", [result(), result(), result(), End::Never]),
    ];
    fn result() -> End {
        End::Result(json!(1))
    }
    for (text, expected) in cases {
        let pieces = [Bytes::from_static(text.as_bytes())];
        for ((name, reader), expected) in READERS.into_iter().zip(expected) {
            assert_eq!(reader(&pieces).end, expected, "{name}: {text:?}");
        }
    }
    // Android ignores a null result, and fails at a third line feed between events.
    let null = [Bytes::from_static(b"data: {\"result\":null}\n\n")];
    assert_eq!(android(&null).end, End::Never);
    let three = "data: {\"message\":0}\n\n\ndata: {\"result\":1}\n\n\n";
    assert_eq!(android(&[Bytes::from_static(three.as_bytes())]).end, End::Broken);
}
