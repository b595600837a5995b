//! Selects the lines that are printed: those at Lambda's log level, except lines of other crates that could quote a
//! request.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, LevelFilter, filter_fn};

/// Dependencies that print headers or whole events at levels finer than INFO: at TRACE, lambda_runtime prints the raw
/// event, bearer token included, and the AWS SDK prints the answers of Secrets Manager. Their lines finer than INFO are
/// never printed, whether they are written with `tracing` or with `log`. The whole name must be equal: an author's
/// `aws_upload` or `hyperloop` is not in the list. A test compares the list with `Cargo.lock`. Some are in that file for
/// tests or for other platforms only, or write lines only with features that we do not enable.
const FOREIGN: [&str; 26] = [
    "aws_config",
    "aws_runtime",
    "aws_sigv4",
    "aws_types",
    "firestore",
    "gcloud_sdk",
    "h2",
    "hyper",
    "hyper_util",
    "iana_time_zone",
    "jiff",
    "jiff_core",
    "jni",
    "lambda_http",
    "lambda_runtime",
    "lambda_runtime_api_client",
    "quinn",
    "quinn_proto",
    "quinn_udp",
    "reqwest",
    "rustls",
    "rustls_platform_verifier",
    "tonic",
    "tower",
    "tracing",
    "tracing_log",
];

/// Every crate of the AWS SDK: an author may add clients that are not in our `Cargo.lock`, such as `aws_sdk_sqs`.
const FOREIGN_FAMILIES: [&str; 2] = ["aws_sdk_", "aws_smithy_"];

/// A filter for the lines that are printed at `level`. tracing asks it once for each place in the code and keeps the
/// answer, which never changes.
pub(super) fn lines_of(level: LevelFilter) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    filter_fn(move |metadata: &Metadata<'_>| *metadata.level() <= most_of(metadata.target(), level))
        .with_max_level_hint(level)
}

/// The finest level at which lines with this target are printed at `level`. None of the crate `firestore` is: its
/// warnings and errors, which its caller gets as well, quote names and values of documents.
pub(super) fn most_of(target: &str, level: LevelFilter) -> LevelFilter {
    match is_foreign(target) {
        _ if crate_name(target) == "firestore" => LevelFilter::OFF,
        true => level.min(LevelFilter::INFO),
        false => level,
    }
}

/// The name of the crate: the first part of a module's path.
fn crate_name(target: &str) -> &str {
    target.split_once("::").map_or(target, |(name, _)| name)
}

/// Whether the target of a line, the path of a module, begins with the name of a foreign crate.
fn is_foreign(target: &str) -> bool {
    let name = crate_name(target);
    FOREIGN.contains(&name) || FOREIGN_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Lambda's names for levels; an unknown name means INFO.
pub(super) fn level(name: &str) -> LevelFilter {
    match name.to_ascii_uppercase().as_str() {
        "TRACE" => Level::TRACE.into(),
        "DEBUG" => Level::DEBUG.into(),
        "WARN" => Level::WARN.into(),
        "ERROR" | "FATAL" => Level::ERROR.into(),
        _ => Level::INFO.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Event, Subscriber, debug, info, subscriber::with_default, trace, warn};
    use tracing_subscriber::{
        Layer,
        layer::{Context, SubscriberExt},
    };

    use super::*;

    /// Collects the levels and targets of events.
    struct Collector(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Collector {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let metadata = event.metadata();
            let line = format!("{} {}", metadata.level(), metadata.target());
            self.0.lock().unwrap().push(line);
        }
    }

    fn kept(level: LevelFilter, work: impl FnOnce()) -> Vec<String> {
        let lines = Arc::default();
        let layers = tracing_subscriber::registry().with(lines_of(level));
        with_default(layers.with(Collector(Arc::clone(&lines))), work);
        Arc::into_inner(lines).unwrap().into_inner().unwrap()
    }

    #[test]
    fn lines_finer_than_info_are_left_out_for_crates_whose_whole_name_is_in_the_list() {
        let all = kept(LevelFilter::TRACE, || {
            trace!(target: "lambda_runtime::runtime", "");
            trace!(target: "hyper", "");
            tracing::error!(target: "firestore::db::query", "");
            debug!(target: "aws_sdk_secretsmanager::operation", "");
            info!(target: "aws_sdk_secretsmanager::operation", "");
            trace!(target: "aws_upload", "");
            trace!(target: "aws_upload::parts", "");
            debug!(target: "aws_sdk_sqs::operation", "");
            debug!(target: "hyperloop", "");
            trace!(target: "h2o::cup", "");
            trace!(target: "aws", "");
            trace!(target: "rustls_of_mine", "");
            trace!(target: "my::hyper", "");
        });
        let expected = [
            "INFO aws_sdk_secretsmanager::operation",
            "TRACE aws_upload",
            "TRACE aws_upload::parts",
            "DEBUG hyperloop",
            "TRACE h2o::cup",
            "TRACE aws",
            "TRACE rustls_of_mine",
            "TRACE my::hyper",
        ];
        assert_eq!(all, expected);
        let warnings = kept(LevelFilter::WARN, || {
            info!(target: "mine", "");
            info!(target: "hyper::client", "");
            warn!(target: "hyper::client", "");
            warn!(target: "mine", "");
        });
        assert_eq!(warnings, ["WARN hyper::client", "WARN mine"]);
    }

    /// Packages of the workspace that this project does not ship. Features that they enable are in the same lock file.
    fn others(lock: &str, shipped: &str) -> Vec<String> {
        let local = lock.split("[[package]]").skip(1).filter(|it| !it.contains("source = "));
        let names = local.map(|package| package.split('"').nth(1).unwrap());
        let is_ours = |name: &&str| {
            name.starts_with("firebase-callable")
                || ["tests", "bench"].contains(name)
                || shipped.contains(&format!("{name:?}"))
        };
        names.filter(|name| !is_ours(name)).map(str::to_owned).collect()
    }

    #[test]
    fn every_dependency_that_writes_lines_with_tracing_or_log_is_foreign() {
        // In a published package, the file is next to the manifest; in the workspace, it is one folder above.
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let lock = [folder.join("Cargo.lock"), folder.join("../Cargo.lock")];
        let lock = lock.iter().find_map(|file| std::fs::read_to_string(file).ok()).unwrap();
        let shipped = std::fs::read_to_string(folder.join("../tests/shipped-functions.json"));
        let others = others(&lock, &shipped.unwrap_or_default());
        if !others.is_empty() {
            eprintln!("SKIPPED: {others:?} may have other dependencies than ours");
            return;
        }
        let mut writers = 0;
        let mut unknown = Vec::new();
        for package in lock.split("[[package]]").filter(|package| package.contains("source = ")) {
            let name = package.split('"').nth(1).unwrap().replace('-', "_");
            let writes = |line: &str| ["\"tracing\",", "\"log\","].contains(&line.trim());
            if package.lines().any(writes) {
                writers += 1;
                if !is_foreign(&name) {
                    unknown.push(name);
                }
            }
        }
        assert!(unknown.is_empty(), "{unknown:?} write lines with tracing or log");
        assert!(writers > 8, "only {writers} crates with tracing were found in Cargo.lock");
    }
}
