//! Where log lines go: JSON on standard output, at the level that Lambda's own settings name.
//! Nothing of a request may reach a line, so foreign crates are cut where they would print it.

use std::panic::PanicHookInfo;

use tracing::{Level, error};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::layer,
    layer::SubscriberExt,
};

use super::json_lines::{JsonLines, RawLines};
use crate::callable::metrics::TARGET as METRICS;

/// Crates below us that print headers or whole events at finer levels: at TRACE, lambda_runtime
/// writes the raw event, bearer token included. They never get past INFO.
/// A name stands for all that begin with it: `aws` is every crate of the AWS SDK, which prints answers of
/// Secrets Manager.
const FOREIGN: [&str; 8] = [
    "aws",
    "h2",
    "hyper",
    "hyper_util",
    "lambda_http",
    "lambda_runtime",
    "lambda_runtime_api_client",
    "rustls",
];

/// Installs the subscriber and the panic hook, once per process.
pub(super) fn init(variable: impl Fn(&str) -> Option<String>) {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").as_deref().map_or(LevelFilter::INFO, level);
    let text = variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|f| f.eq_ignore_ascii_case("text"));
    let lines: Box<dyn Layer<_> + Send + Sync> = if text {
        let metrics = Targets::new().with_target(METRICS, level);
        let others = Targets::new().with_default(level).with_target(METRICS, LevelFilter::OFF);
        let lines = layer().with_ansi(false).with_filter(others);
        Box::new(lines.and_then(RawLines.with_filter(metrics)))
    } else {
        Box::new(JsonLines)
    };
    let subscriber = tracing_subscriber::registry().with(targets(level)).with(lines);
    // A host that installed a subscriber of its own keeps it.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(report_panic));
}

fn targets(level: LevelFilter) -> Targets {
    let foreign = level.min(LevelFilter::INFO);
    Targets::new().with_default(level).with_targets(FOREIGN.map(|name| (name, foreign)))
}

/// Lambda's words for levels; an unknown one means INFO.
fn level(word: &str) -> LevelFilter {
    match word.to_ascii_uppercase().as_str() {
        "TRACE" => Level::TRACE.into(),
        "DEBUG" => Level::DEBUG.into(),
        "WARN" => Level::WARN.into(),
        "ERROR" | "FATAL" => Level::ERROR.into(),
        _ => Level::INFO.into(),
    }
}

/// Where a panic happened, and its text if that is a literal of the source. A formatted text may
/// hold anything, `data` included, and stays out.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string);
    let text = panic.payload().downcast_ref::<&'static str>().copied();
    error!(at, text, "panic");
}
