//! Writes `tracing` events as lines of JSON. The fields of a span are written as JSON once, when the span begins;
//! tracing-subscriber's own formatter parses them again for every event.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
};

use super::log_crate::TARGET as LOG_CRATE;
use crate::{callable::metrics::TARGET as METRICS, protocol::json::write_string};

/// Writes `{"timestamp":…,"level":…,` the event's fields `,"target":…,"spans":[…]}` to standard output.
pub(super) struct JsonLines;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut members = Members::default();
            attributes.record(&mut members);
            span.extensions_mut().insert(members);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id);
        if let Some(members) = span.as_ref().map(|span| span.extensions_mut()).as_mut()
            && let Some(members) = members.get_mut::<Members>()
        {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() == METRICS {
            return RawLines.on_event(event, context);
        }
        print(line(event, &context));
    }
}

/// Prints the metrics events. The field `line` of each is a whole line of JSON already.
pub(super) struct RawLines;

impl<S: Subscriber> Layer<S> for RawLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Printed);
    }
}

struct Printed;

impl Visit for Printed {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "line" {
            print(format!("{value:?}").into_bytes());
        }
    }
}

/// Errors are ignored: there is nowhere to report a broken standard output.
fn print(mut line: Vec<u8>) {
    line.push(b'\n');
    let _ = io::stdout().lock().write_all(&line);
}

fn line<S: Subscriber + for<'s> LookupSpan<'s>>(
    event: &Event<'_>,
    context: &Context<'_, S>,
) -> Vec<u8> {
    let mut begin = String::with_capacity(LINE);
    begin.push_str("{\"timestamp\":\"");
    let _ = SystemTime.format_time(&mut Writer::new(&mut begin)); // writing into memory cannot fail
    let _ = write!(begin, "\",\"level\":\"{}\"", event.metadata().level());
    let mut members = Members(begin.into_bytes());
    event.record(&mut members);
    // A line of the crate `log` has its target in a field.
    if event.metadata().target() != LOG_CRATE {
        members.begin("target");
        write_string(&mut members.0, event.metadata().target());
    }

    let Members(mut line) = members;
    let mut separator: &[u8] = b",\"spans\":[";
    for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
        line.extend_from_slice(separator);
        line.extend_from_slice(b"{\"name\":");
        write_string(&mut line, span.name());
        if let Some(Members(fields)) = span.extensions().get() {
            line.extend_from_slice(fields);
        }
        line.push(b'}');
        separator = b",";
    }
    if separator == b"," {
        line.push(b']');
    }
    line.push(b'}');
    line
}

/// The initial capacity of a line: enough for the log record of a call.
const LINE: usize = 512;

/// Members of a JSON object, with a comma before each.
#[derive(Default)]
struct Members(Vec<u8>);

impl Members {
    fn begin(&mut self, name: &str) {
        self.0.push(b',');
        write_string(&mut self.0, name);
        self.0.push(b':');
    }

    /// Writes a value whose text is valid JSON, such as a number.
    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.begin(field.name());
        let _ = write!(self.0, "{value}"); // writing into memory cannot fail
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.plain(field, value);
        } else {
            self.plain(field, "null");
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.begin(field.name());
        write_string(&mut self.0, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing::{info, info_span, subscriber::with_default, warn};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Collects the lines that would be printed.
    struct Collector(Arc<Mutex<Vec<Value>>>);

    impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Collector {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            JsonLines.on_new_span(attributes, id, context);
        }

        fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
            JsonLines.on_record(id, values, context);
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            let line = serde_json::from_slice(&line(event, &context)).unwrap();
            self.0.lock().unwrap().push(line);
        }
    }

    fn lines(work: impl FnOnce()) -> Vec<Value> {
        let lines = Arc::default();
        with_default(tracing_subscriber::registry().with(Collector(Arc::clone(&lines))), work);
        Arc::into_inner(lines).unwrap().into_inner().unwrap()
    }

    #[test]
    fn an_event_is_one_object_with_its_fields_and_its_spans() {
        let lines = lines(|| {
            let outer = info_span!("outer", id = "a\"b", later = tracing::field::Empty).entered();
            outer.record("later", 5);
            let _inner = info_span!("inner").entered();
            let absent: Option<&str> = None;
            warn!(whole = -1, part = 0.5, none = f64::NAN, yes = true, absent, text = ?"é\n", "said {}", 1);
        });
        let [line] = &lines[..] else { panic!("{lines:?}") };
        let (date, time) = line["timestamp"].as_str().unwrap().split_once('T').unwrap();
        assert!(date.len() == 10 && time.ends_with('Z'), "{line}");
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove("timestamp");
        assert_eq!(
            line,
            json!({
                "level": "WARN", "message": "said 1", "target": module_path!(),
                "whole": -1, "part": 0.5, "none": null, "yes": true, "text": "\"é\\n\"",
                "spans": [{"name": "outer", "id": "a\"b", "later": 5}, {"name": "inner"}],
            })
        );
    }

    #[test]
    fn a_line_of_the_crate_log_has_its_own_target() {
        let lines = lines(|| warn!(target: LOG_CRATE, message = "slow", target = "my_app::db"));
        let [line] = &lines[..] else { panic!("one line: {lines:?}") };
        assert_eq!((&line["message"], &line["target"]), (&json!("slow"), &json!("my_app::db")));
        let members: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(members, ["timestamp", "level", "message", "target"]);
    }

    #[test]
    fn an_event_outside_of_every_span_has_no_member_spans() {
        let lines = lines(|| info!("alone"));
        assert_eq!((&lines[0]["message"], lines[0].get("spans")), (&json!("alone"), None));
    }
}
