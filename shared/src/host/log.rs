//! Sets up the log: lines of JSON on standard output, at the level that Lambda's own settings name. Events of `tracing`
//! and lines of the crate `log` are printed alike. No line may quote a request, so lines of other crates are left out at
//! the levels at which they could quote one.

mod json_lines;
mod levels;
mod log_crate;

use std::panic::PanicHookInfo;

use tracing::error;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::layer,
    layer::SubscriberExt,
};

use self::{
    json_lines::{JsonLines, RawLines},
    levels::{level, lines_of},
};
use crate::callable::metrics::TARGET as METRICS;

/// Set by Lambda from the function's logging configuration.
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
const LOG_FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";

/// Installs the subscriber and the panic hook, once per process.
pub(super) fn init(variable: impl Fn(&str) -> Option<String>) {
    let level = variable(LOG_LEVEL).as_deref().map_or(LevelFilter::INFO, level);
    let text = variable(LOG_FORMAT).is_some_and(|f| f.eq_ignore_ascii_case("text"));
    let lines: Box<dyn Layer<_> + Send + Sync> = if text {
        let metrics = Targets::new().with_target(METRICS, level);
        let others = Targets::new().with_default(level).with_target(METRICS, LevelFilter::OFF);
        let lines = layer().with_ansi(false).with_filter(others);
        Box::new(lines.and_then(RawLines.with_filter(metrics)))
    } else {
        Box::new(JsonLines)
    };
    let subscriber = tracing_subscriber::registry().with(lines_of(level)).with(lines);
    // Fails if the program has already installed a subscriber of its own, which then stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    log_crate::init(level);
    std::panic::set_hook(Box::new(report_panic));
}

/// Logs where a panic happened, and its text if that is a string literal of the source. A formatted text is left out,
/// because it may contain anything, `data` included.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string);
    let text = panic.payload().downcast_ref::<&'static str>().copied();
    error!(at, text, "panic");
}
