//! Metrics of a call in CloudWatch's embedded metric format: one log line of JSON, from which CloudWatch extracts
//! metrics. Off unless the callable has the option `metrics`. Source: Amazon CloudWatch user guide, "Embedded metric
//! format specification".

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tracing::{Level, event};

use crate::keys::{KeyCache, KeyOrigin};

/// The target of events whose only field, `line`, is a complete log line. Hosts write it unchanged.
pub(crate) const TARGET: &str = "callable_metrics";

/// Whether this process has not written metrics yet: its first call with metrics counts as the cold start.
static COLD: AtomicBool = AtomicBool::new(true);

/// Writes the metrics of one callable. `keys` is the cache whose counters are added to each line.
pub(super) struct Metrics {
    pub(super) namespace: String,
    pub(super) function: String,
    pub(super) keys: Option<Arc<KeyCache>>,
}

impl Metrics {
    pub(super) fn write(&self, status: &str, duration: Duration, now: SystemTime) {
        let is_cold = COLD.swap(false, Ordering::Relaxed);
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = self.line(status, duration, is_cold, since_1970);
        event!(target: TARGET, Level::INFO, line = %line);
    }

    fn line(&self, status: &str, duration: Duration, is_cold: bool, since_1970: Duration) -> Value {
        let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
        let mut line = json!({
            "_aws": {
                "Timestamp": u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [["function"], ["function", "status"]],
                    "Metrics": [
                        metric("calls", "Count"),
                        metric("duration", "Milliseconds"),
                        metric("coldStarts", "Count"),
                    ],
                }],
            },
            // Lambda's log filter assumes the same level for a line without one.
            "level": "INFO",
            "function": self.function,
            "status": status,
            "calls": 1,
            "duration": duration.as_secs_f64() * 1e3,
            "coldStarts": u8::from(is_cold),
        });
        if let (Some(keys), Some(line)) = (&self.keys, line.as_object_mut()) {
            let (origin, keys) = (keys.origin().map(KeyOrigin::name), keys.stats());
            let counts = json!({
                "source": origin, "fetches": keys.fetches, "failures": keys.failures, "staleUses": keys.stale_uses,
            });
            line.insert("idTokenKeys".to_owned(), counts);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_dimension_and_metric_that_its_directive_names() {
        let at = Duration::from_millis(1_800_000_000_123);
        let metrics =
            Metrics { namespace: "MyApp".to_owned(), function: "add".to_owned(), keys: None };
        let line = metrics.line("OK", Duration::from_micros(1500), true, at);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_800_000_000_123_u64);
        assert_eq!(directive["Namespace"], "MyApp");
        for dimension in directive["Dimensions"].as_array().unwrap() {
            for name in dimension.as_array().unwrap() {
                assert!(line[name.as_str().unwrap()].is_string(), "{name}");
            }
        }
        for metric in directive["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        assert_eq!((&line["duration"], &line["coldStarts"]), (&json!(1.5), &json!(1)));
        assert_eq!(line["level"], "INFO", "the level of the event that contains the line");
    }
}
