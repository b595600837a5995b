//! Returns the number that it gets, or begins a stream and stays silent.

use std::{future::pending, process::ExitCode};

use serde::Deserialize;
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};

#[derive(Deserialize)]
struct Input {
    number: Option<i64>,
}

async fn measured(
    request: CallableRequest<Input>,
    chunks: ChunkSender<str>,
) -> Result<i64, HttpsError> {
    if let Some(number) = request.data.number {
        return Ok(number);
    }
    chunks.send("first").await?;
    pending().await
}

fn main() -> ExitCode {
    shared::run(Callable::streaming(measured))
}
