//! Streams as the line readers of the client SDKs take them apart, whatever is in a chunk.

use std::time::Duration;

use proptest::prelude::*;

use super::{streaming::streamed, *};
use crate::ChunkSender;

/// How the Web SDK reads a stream. Source: firebase/firebase-js-sdk
/// `packages/functions/src/service.ts`.
fn web_reader(text: &str) -> Vec<Value> {
    let lines = text.split('\n').map(str::trim).filter_map(|line| line.strip_prefix("data: "));
    lines.map(|line| serde_json::from_str(line.trim()).unwrap()).collect()
}

/// How the Android SDK does: lines joined until an empty one. Source: firebase/firebase-android-sdk
/// `firebase-functions`, `PublisherStream.kt`.
fn android_reader(text: &str) -> Vec<Value> {
    let (mut events, mut buffer) = (Vec::new(), String::new());
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        if let Some(data) = line.strip_prefix("data:") {
            buffer.push_str(data);
        } else if line.is_empty() && !buffer.is_empty() {
            events.push(serde_json::from_str(&std::mem::take(&mut buffer)).unwrap());
        }
    }
    assert!(buffer.is_empty(), "the last event is closed");
    events
}

/// How the iOS SDK does: more kinds of line ends, and nothing but data. Source:
/// firebase/firebase-ios-sdk `FirebaseFunctions/Sources/Functions.swift`.
fn ios_reader(text: &str) -> Vec<Value> {
    let ends = ['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    let lines = text.split(ends).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let data = line.strip_prefix("data:").unwrap_or_else(|| panic!("not data: {line:?}"));
            serde_json::from_str(data.trim()).unwrap()
        })
        .collect()
}

proptest! {
    #[test]
    fn every_clients_reader_gets_every_chunk_whatever_is_in_it(
        chunks in proptest::collection::vec("(.|[\u{2028}\u{2029}\u{85}\u{b}\u{c}\r\n\"]){0,12}", 0..6),
        padded in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let text = runtime.block_on(async {
            let callable = Callable::streaming(move |request: CallableRequest<Vec<String>>, out: ChunkSender<String>| async move {
                for chunk in &request.data {
                    if padded {
                        tokio::time::sleep(Duration::from_secs(70)).await;
                    }
                    out.send(chunk).await?;
                }
                Ok(request.data.concat())
            });
            streamed(callable, &chunks).await
        });
        let mut expected: Vec<Value> = chunks.iter().map(|chunk| json!({ "message": chunk })).collect();
        expected.push(json!({ "result": chunks.concat() }));
        prop_assert_eq!(web_reader(&text), expected.clone());
        prop_assert_eq!(android_reader(&text), expected.clone());
        prop_assert_eq!(ios_reader(&text), expected);
    }
}
