//! Lines that are written with the crate `log` become `tracing` events, at the same levels, so that they have the
//! fields of the call's span and are printed like all others.
//!
//! `tracing-log` does the same with a callsite of its own making for each level; this is shorter, and needs `log` only.

use log::{Log, Metadata, Record, set_boxed_logger, set_max_level};
use tracing::{Level, event, level_filters::LevelFilter};

use super::levels::most_of;

/// The target of these events. The target of the line is their field `target`.
pub(super) const TARGET: &str = "log";

/// Installs the logger of the crate `log`, unless the program has installed one of its own.
pub(super) fn init(level: LevelFilter) {
    if set_boxed_logger(Box::new(LogCrate { level })).is_ok() {
        set_max_level(max_level(level));
    }
}

struct LogCrate {
    level: LevelFilter,
}

impl Log for LogCrate {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        tracing_level(metadata.level()) <= most_of(metadata.target(), self.level)
    }

    fn log(&self, record: &Record<'_>) {
        // With its feature `log-always`, tracing writes each event with `log`, too: also the events of this function.
        if record.target() == TARGET || !self.enabled(record.metadata()) {
            return;
        }
        macro_rules! write_at {
            ($level:ident) => {
                event!(
                    target: TARGET,
                    Level::$level,
                    message = %record.args(),
                    target = record.target()
                )
            };
        }
        match record.level() {
            log::Level::Error => write_at!(ERROR),
            log::Level::Warn => write_at!(WARN),
            log::Level::Info => write_at!(INFO),
            log::Level::Debug => write_at!(DEBUG),
            log::Level::Trace => write_at!(TRACE),
        }
    }

    fn flush(&self) {}
}

fn tracing_level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::ERROR,
        log::Level::Warn => Level::WARN,
        log::Level::Info => Level::INFO,
        log::Level::Debug => Level::DEBUG,
        log::Level::Trace => Level::TRACE,
    }
}

/// `log` compares each line with this before it asks the logger.
fn max_level(level: LevelFilter) -> log::LevelFilter {
    let levels = log::Level::iter().filter(|one| tracing_level(*one) <= level);
    levels.last().map_or(log::LevelFilter::Off, |last| last.to_level_filter())
}

#[cfg(test)]
mod tests {
    use std::{
        fmt,
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Subscriber,
        field::{Field, Visit},
        info_span,
        subscriber::with_default,
    };
    use tracing_subscriber::{
        Layer,
        layer::{Context, SubscriberExt},
        registry::LookupSpan,
    };

    use super::*;

    /// Collects level, span, and fields of events.
    struct Collector(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Collector {
        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            struct Fields(String);
            impl Visit for Fields {
                fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                    self.0.push_str(&format!(" {field}={value:?}"));
                }
            }
            let span = context.event_span(event).map_or("none", |span| span.name());
            let mut fields = Fields(format!("{} {span}", event.metadata().level()));
            event.record(&mut fields);
            self.0.lock().unwrap().push(fields.0);
        }
    }

    /// The events for lines of all five levels with this target.
    fn events(level: LevelFilter, target: &str) -> Vec<String> {
        let lines = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Collector(Arc::clone(&lines)));
        with_default(subscriber, || {
            let _entered = info_span!("call").entered();
            for level_of_line in log::Level::iter() {
                let logger = LogCrate { level };
                let args = format_args!("one {}", 2);
                logger
                    .log(&Record::builder().level(level_of_line).target(target).args(args).build());
            }
        });
        Arc::into_inner(lines).unwrap().into_inner().unwrap()
    }

    #[test]
    fn a_line_is_an_event_with_its_level_target_and_message_in_the_span_of_the_call() {
        let expected = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]
            .map(|level| format!(r#"{level} call message=one 2 target="my_app::db""#));
        assert_eq!(events(LevelFilter::TRACE, "my_app::db"), expected);
    }

    #[test]
    fn lines_finer_than_the_level_are_left_out_and_those_of_foreign_crates_finer_than_info() {
        for (level, target, count) in [
            (LevelFilter::WARN, "my_app", 2),
            (LevelFilter::WARN, "rustls::client", 2),
            (LevelFilter::DEBUG, "my_app", 4),
            (LevelFilter::TRACE, "rustls::client", 3),
            (LevelFilter::TRACE, "reqwest", 3),
            (LevelFilter::OFF, "my_app", 0),
        ] {
            assert_eq!(events(level, target).len(), count, "{level} {target}");
        }
    }

    #[test]
    fn a_line_that_tracing_writes_for_an_event_of_this_logger_is_dropped() {
        assert_eq!(events(LevelFilter::TRACE, TARGET), [""; 0]);
    }

    #[test]
    fn log_itself_compares_each_line_with_the_same_level() {
        let levels = [
            (LevelFilter::OFF, log::LevelFilter::Off),
            (LevelFilter::ERROR, log::LevelFilter::Error),
            (LevelFilter::WARN, log::LevelFilter::Warn),
            (LevelFilter::INFO, log::LevelFilter::Info),
            (LevelFilter::DEBUG, log::LevelFilter::Debug),
            (LevelFilter::TRACE, log::LevelFilter::Trace),
        ];
        for (level, expected) in levels {
            assert_eq!(max_level(level), expected);
        }
    }
}
