//! A callable that logs and fails as its caller says, with the crates that authors use: `anyhow`, `thiserror`, `log`,
//! `tracing`. For tests only.
#![allow(missing_docs, reason = "a program for tests")]

use std::{error::Error, process::ExitCode};

use anyhow::Context;
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};
use tracing::{Instrument, info_span};

/// Its `Debug` shows what its text does not.
#[derive(Debug, thiserror::Error)]
#[error("the shelf cannot be read")]
struct Shelf {
    _password: &'static str,
    #[source]
    cause: std::num::ParseIntError,
}

fn count() -> Result<u32, Shelf> {
    "hunter2".parse().map_err(|cause| Shelf { _password: "hunter2", cause })
}

fn with_context() -> anyhow::Result<u32> {
    count().context("no stock").context("no order")
}

fn boxed() -> Result<u32, Box<dyn Error + Send + Sync>> {
    Ok(count()?)
}

async fn log_from_everywhere() -> Result<(), HttpsError> {
    log::info!("log in the handler");
    log::debug!("log finer than the level");
    log::error!(target: "other_crate::db", "log of {}", "another crate");
    log::trace!(target: "rustls::client", "log of a foreign crate");
    tracing::info!(answer = 42, "tracing in the handler");
    tokio::spawn(async {
        log::info!("log in a bare task");
        tracing::info!("tracing in a bare task");
    })
    .await?;
    let task = async {
        log::info!("log in a task of the call");
        tracing::info!("tracing in a task of the call");
    };
    tokio::spawn(task.in_current_span()).await?;
    let step = async { log::info!("log in a step") };
    step.instrument(info_span!("step", number = 1)).await;
    Ok(())
}

async fn fail(request: CallableRequest<String>) -> Result<u32, HttpsError> {
    match request.data.as_str() {
        "log" => log_from_everywhere().await.map(|()| 0),
        "?" => Ok(count()?),
        "anyhow" => with_context().or_internal(),
        "boxed" => boxed().or_internal(),
        "text" => Err("the shelf is empty".to_owned()).or_internal(),
        "anyhow, unavailable" => with_context().or_error(ErrorCode::Unavailable, "try again"),
        "boxed, not found" => boxed().or_error(ErrorCode::NotFound, "no such shelf"),
        "nothing" => None.or_error(ErrorCode::NotFound, "no such shelf"),
        _ => None.or_internal(),
    }
}

fn main() -> ExitCode {
    shared::run(Callable::new(fail))
}
