//! The functions that the integration suites of the Firebase SDKs call, under the names that the suites use, on one
//! plain HTTP port: an SDK team can run its own suite against this program.
//!
//! Sources: firebase/firebase-js-sdk `config/functions/index.js`; firebase/firebase-ios-sdk
//! `FirebaseFunctions/Backend/index.js`; firebase/firebase-android-sdk
//! `firebase-functions/src/androidTest/backend/functions/index.js`; firebase/flutterfire
//! `.github/workflows/scripts/functions/src/index.ts`. Functions that are plain HTTP handlers there are plain HTTP
//! handlers here: they do not verify tokens and do not unwrap `data`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for tests"
)]

mod plain;

use std::{env, future::ready, time::Duration};

use plain::RAW;
use serde_json::{Value, json};
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
use tokio::time::sleep;

/// The pause between chunks.
const BEAT: Duration = Duration::from_millis(100);

async fn chunked<C: serde::Serialize>(
    out: &ChunkSender<C>,
    chunks: &[C],
) -> Result<(), HttpsError> {
    for chunk in chunks {
        if out.send(chunk).await? {
            sleep(BEAT).await;
        }
    }
    Ok(())
}

async fn gen_stream(
    _: CallableRequest<Value>,
    out: ChunkSender<&str>,
) -> Result<String, HttpsError> {
    let words = ["hello", "world", "this", "is", "cool"];
    chunked(&out, &words).await?;
    Ok(words.join(" "))
}

/// Forecasts for the places in `data`: a list, or an object with a list, depending on the platform.
fn forecasts(data: &Value) -> Vec<Value> {
    let places =
        data.as_array().or_else(|| data.get("data")?.as_array()).cloned().unwrap_or_default();
    let forecast = |place: Value| {
        let (conditions, temperature) = match place["name"].as_str() {
            Some("Toronto") => ("snowy", 25),
            Some("London") => ("rainy", 50),
            _ => ("sunny", 75),
        };
        json!({"location": place, "conditions": conditions, "temperature": temperature})
    };
    places.into_iter().map(forecast).collect()
}

async fn gen_stream_weather(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    let forecasts = if out.is_open() { forecasts(&request.data) } else { Vec::new() };
    chunked(&out, &forecasts).await?;
    Ok(json!({ "forecasts": forecasts }))
}

async fn gen_stream_weather_error(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<String, HttpsError> {
    let mut forecasts = forecasts(&request.data);
    for forecast in &mut forecasts {
        forecast.as_object_mut().map(|members| members.remove("location"));
    }
    chunked(&out, &forecasts).await?;
    Ok(format!("Number of forecasts generated: {}", forecasts.len()))
}

async fn gen_stream_large_data(
    _: CallableRequest<Value>,
    out: ChunkSender<String>,
) -> Result<&'static str, HttpsError> {
    let mut chunks = vec!["A".repeat(1024); 9];
    chunks.push("A".repeat(784));
    chunked(&out, &chunks).await?;
    Ok("Stream Completed")
}

const FRUIT: [&str; 6] = ["Apple", "Banana", "Cherry", "Date", "Fig", "Grapes"];

async fn list_fruit(
    _: CallableRequest<Value>,
    out: ChunkSender<&str>,
) -> Result<[&'static str; 6], HttpsError> {
    send_all(&out, FRUIT).await
}

/// Sends each item as a chunk, and returns all items.
async fn send_all<const N: usize>(
    out: &ChunkSender<&str>,
    chunks: [&'static str; N],
) -> Result<[&'static str; N], HttpsError> {
    for chunk in &chunks {
        out.send(chunk).await?;
    }
    Ok(chunks)
}

async fn test_function_timeout(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    let wait =
        request.data.get("testTimeout").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let wait = wait.ok_or_else(|| HttpsError::invalid_argument("testTimeout must be provided."))?;
    sleep(Duration::from_millis(wait)).await;
    let exceeded = json!({"timeLimit": "exceeded"});
    if out.send(&exceeded).await? {
        sleep(BEAT).await;
        return Ok(Value::Null);
    }
    Ok(exceeded)
}

fn samples() -> Value {
    let map = json!({"number": 1234, "string": "acde", "boolean": true, "null": null});
    let list = json!([1234, "acde", true, null]);
    let base = json!({"number": 123, "string": "foo", "booleanTrue": true, "booleanFalse": false, "null": null});
    let mut deep_map = base.clone();
    deep_map["list"] = json!(["1", 2, true, false]);
    deep_map["map"] = base.clone();
    let deep_list = json!(["1", 2, true, false, ["1", 2, true, false], base]);
    json!({"number": 1234, "string": "acde", "boolean": true, "null": null, "map": map, "list": list, "deepMap": deep_map, "deepList": deep_list})
}

async fn test_function_default_region(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    let value = default_region(&request.data)?;
    out.send(&value).await?;
    Ok(value)
}

fn default_region(data: &Value) -> Result<Value, HttpsError> {
    let kind = match data {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Array(_) => "array",
        Value::Object(_) => return sample(data),
    };
    Ok(json!(kind))
}

fn sample(data: &Value) -> Result<Value, HttpsError> {
    let kind = data.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "rawData" {
        return Ok(data.clone());
    }
    let samples = samples();
    let sample =
        samples.get(kind).ok_or_else(|| HttpsError::invalid_argument("Invalid test requested."))?;
    if data.get("inputData") != Some(sample) {
        let details = format!("expected the sample {kind}");
        return Err(HttpsError::invalid_argument("Input and Output types did not match.")
            .with_details(details));
    }
    if data.get("asError") == Some(&json!(true)) {
        let message =
            "Response data was requested to be sent as part of an Error payload, so here we are!";
        return Err(HttpsError::cancelled(message).with_details(sample));
    }
    Ok(sample.clone())
}

async fn test_stream(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    if request.data.is_null() {
        out.send(&json!("null")).await?;
        return Ok(Value::Null);
    }
    out.send(&request.data).await?;
    Ok(json!([request.data]))
}

async fn test_stream_response(
    _: CallableRequest<Value>,
    out: ChunkSender<&str>,
) -> Result<[&'static str; 3], HttpsError> {
    send_all(&out, ["Apple", "Mango", "Banana"]).await
}

/// Not part of an SDK's suite: many chunks, or long ones.
async fn echo_each(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<u64, HttpsError> {
    let times = request.data["times"].as_u64().unwrap_or_default();
    for _ in 0..times {
        out.send(&request.data["chunk"]).await?;
    }
    Ok(times)
}

/// Not part of an SDK's suite: a value as a result, as a chunk, or as details. It is sent as text, because `data` with
/// an unknown `@type` is refused.
async fn say(
    request: CallableRequest<Value>,
    out: ChunkSender<Value>,
) -> Result<Value, HttpsError> {
    let value: Value = serde_json::from_str(request.data["json"].as_str().unwrap_or_default())?;
    match request.data["as"].as_str() {
        Some("chunk") => {
            out.send(&value).await?;
            Ok(json!("sent"))
        }
        Some("details") => Err(HttpsError::not_found("nf").with_details(value)),
        _ => Ok(value),
    }
}

async fn who(request: CallableRequest<Value>) -> Result<Value, HttpsError> {
    Ok(json!({
        "uid": request.auth.as_ref().map(|auth| auth.uid()),
        "app": request.app.as_ref().map(|app| app.app_id()),
        "iid": request.instance_id_token,
    }))
}

fn constant(value: Value) -> Callable {
    Callable::new(move |_: CallableRequest<Value>| ready(Ok(value.clone())))
}

fn echo() -> Callable {
    Callable::new(|request: CallableRequest<Value>| ready(Ok(request.data)))
}

fn fails(error: fn() -> HttpsError) -> Callable {
    Callable::new(move |_: CallableRequest<Value>| ready(Err::<(), _>(error())))
}

fn callables() -> Vec<(&'static str, Callable)> {
    vec![
        ("callTestv2", constant(json!({"word": "hellooo"}))),
        ("onCall", echo()),
        ("oncallv2", echo()),
        ("throwTest", fails(|| HttpsError::invalid_argument("Invalid test requested."))),
        ("callableFunctionId", Callable::new(who)),
        ("echoEach", Callable::streaming(echo_each)),
        ("say", Callable::streaming(say)),
        ("who", Callable::new(who)),
        ("whoEnforced", Callable::new(who).enforce_app_check(true)),
        ("genStream", Callable::streaming(gen_stream)),
        ("genStreamError", fails(|| HttpsError::from_source("unhandled"))),
        ("genStreamWeather", Callable::streaming(gen_stream_weather)),
        ("genStreamWeatherError", Callable::streaming(gen_stream_weather_error)),
        ("genStreamEmpty", constant(Value::Null)),
        ("genStreamResultOnly", constant(json!("Only a result"))),
        ("genStreamLargeData", Callable::streaming(gen_stream_large_data)),
        ("listFruit", constant(json!(FRUIT))),
        ("listfruits2ndgen", Callable::streaming(list_fruit)),
        ("testFunctionCustomRegion", constant(json!("europe-west1"))),
        ("testFunctionTimeout", Callable::streaming(test_function_timeout)),
        ("testFunctionDefaultRegion", Callable::streaming(test_function_default_region)),
        ("testMapConvertType", constant(json!({"foo": "bar"}))),
        ("testStream", Callable::streaming(test_stream)),
        ("testStreamResponse", Callable::streaming(test_stream_response)),
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let handlers =
        RAW.into_iter().flat_map(|(names, handler)| names.iter().map(move |name| (*name, handler)));
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    tests::serve_by_name(callables(), handlers, port).await;
}
