//! The metric filter of template.yaml, from which an alarm is raised, applied to the log records of real calls.

use serde_json::Value;

use super::*;
use crate::support::read;

/// A filter of the form `{ $.member >= number }`.
struct Filter {
    member: String,
    least: u64,
}

impl Filter {
    fn of_the_template() -> Self {
        let template = read("template.yaml");
        let patterns: Vec<&str> = template
            .lines()
            .filter_map(|line| line.trim().strip_prefix("FilterPattern:"))
            .filter(|pattern| pattern.contains("http_status"))
            .collect();
        let [pattern] = patterns[..] else { panic!("not exactly one filter: {patterns:?}") };
        let (_, rest) = pattern.split_once("{ $.").unwrap();
        let (member, rest) = rest.split_once(" >= ").unwrap();
        let (least, _) = rest.split_once(" }").unwrap();
        Self { member: member.to_owned(), least: least.parse().unwrap() }
    }

    fn counts(&self, record: &Value) -> bool {
        record[&self.member].as_u64().is_some_and(|value| value >= self.least)
    }
}

#[tokio::test]
async fn failed_calls_are_counted_streamed_or_not_and_no_others() {
    let filter = Filter::of_the_template();
    for (what, streamed, on_the_wire, counted) in [
        ("fail", false, 500, true),
        ("fail", true, 200, true),
        ("panic", false, 500, true),
        ("panic", true, 200, true),
        ("large", false, 500, true),
        ("refuse", false, 400, false),
        ("refuse", true, 200, false),
        ("nothing", false, 200, false),
        ("nothing", true, 200, false),
    ] {
        let (api, process) = misbehaving_lambda(&[]).await;
        let mut event = told(what);
        if streamed {
            event = event.header("accept", &["text/event-stream"]);
        }
        assert_eq!(api.answer(&event).await.status, on_the_wire, "{what}");
        process.line_with("callable finished").await;
        let output = process.output();
        let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let matching = lines.filter(|record| filter.counts(record)).count();
        assert_eq!(matching, usize::from(counted), "{what}, streamed: {streamed}\n{output}");
    }
}
