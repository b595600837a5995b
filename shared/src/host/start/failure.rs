//! Why a process ends with exit code 1, as sentences for its log and for the Runtime API.

use std::{any::Any, error::Error, process::ExitCode, time::Duration};

use tracing::{error, info};

use crate::{
    host::{error::StartError, lambda},
    protocol::with_causes,
};

/// The target of the record, which `cargo callable run` looks for.
const TARGET: &str = "shared::host::start";

/// Why the process did not start, or no longer serves.
#[derive(Debug)]
pub(super) enum Failure {
    /// The configuration is missing or wrong.
    Configuration(StartError),
    /// `run` was called where a tokio runtime runs already.
    InsideRuntime,
    /// The author's start returned an error.
    Start(Box<dyn Error + Send + Sync>),
    /// The author's start panicked: the panic's text, if that is a literal of the source.
    Panic(Option<&'static str>),
    /// The author's start was not ready in this time.
    TimedOut(Duration),
    /// The process was asked to stop during its start.
    Stopped,
    /// An error after the start, so it is not reported as a failed start.
    Serving(StartError),
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Configuration(error)
    }
}

impl Failure {
    /// What the author's start returned.
    pub(super) fn returned(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<StartError>() {
            Ok(error) => Self::Configuration(*error),
            Err(error) => Self::Start(error),
        }
    }

    pub(super) fn panicked(payload: &(dyn Any + Send)) -> Self {
        Self::Panic(payload.downcast_ref::<&'static str>().copied())
    }

    /// Logs why the process ends, and tells the Runtime API at the address `api` if the start failed.
    pub(super) fn end(self, api: Option<String>) -> ExitCode {
        if let Self::Stopped = self {
            info!("stopping, before the start was ready");
            return ExitCode::SUCCESS;
        }
        let sentences = self.sentences();
        for sentence in &sentences {
            error!(target: TARGET, "{sentence}");
        }
        let is_of_start = !matches!(self, Self::Serving(_));
        if let Some(api) = api.filter(|api| is_of_start && !api.is_empty()) {
            lambda::report(&api, self.kind(), &sentences.join("\n"));
        }
        ExitCode::FAILURE
    }

    /// The type of the error for the Runtime API, in the form that Lambda's developer guide gives: category and reason.
    fn kind(&self) -> &'static str {
        match self {
            Self::Configuration(_) | Self::Serving(_) => "Runtime.ConfigInvalid",
            Self::Panic(_) => "Runtime.StartPanicked",
            Self::TimedOut(_) => "Runtime.StartTimedOut",
            Self::InsideRuntime | Self::Start(_) | Self::Stopped => "Runtime.StartFailed",
        }
    }

    /// One for each problem.
    fn sentences(&self) -> Vec<String> {
        if let Self::Configuration(error) | Self::Serving(error) = self {
            return error.sentences().to_vec();
        }
        vec![self.sentence()]
    }

    fn sentence(&self) -> String {
        match self {
            Self::Configuration(error) | Self::Serving(error) => error.to_string(),
            Self::InsideRuntime => "the function cannot start inside another tokio runtime: make `main` a plain \
                 `fn main() -> std::process::ExitCode`, without `async` and `#[tokio::main]`; what the start has to \
                 await belongs into `shared::run_with(async |setup| …)`"
                .to_owned(),
            Self::Start(error) => format!("the function cannot start: {}", with_causes(&**error)),
            Self::Panic(text) => format!(
                "the function cannot start: its start panicked{}{}; the log record \"panic\" names the line",
                if text.is_some() { ": " } else { "" },
                text.unwrap_or_default()
            ),
            Self::TimedOut(limit) => format!(
                "the function cannot start: its start was not ready after {} seconds: give each request that it \
                 awaits a shorter timeout, and move work that no call has to wait for to `setup.prefetch(…)`",
                limit.as_secs()
            ),
            Self::Stopped => "the process was asked to stop during its start".to_owned(),
        }
    }
}
