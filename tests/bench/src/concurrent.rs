//! `--concurrent`: several calls at once in one process, as Lambda Managed Instances send them
//! (`AWS_LAMBDA_MAX_CONCURRENCY`): calls a second, processor time, waits and memory against one call at a time; and what a
//! call of 5 MB does to the small ones beside it. All on one processor, as the others.

use std::time::Instant;

use crate::{
    cold::Ends, events::Kind, process::Target, processors::Way, runtime_api::RuntimeApi,
    stats::Sample,
};

const AT_ONCE: usize = 64;
const CALLS: usize = 20_000;
const WARM_UP: usize = 500;
const ROUNDS: usize = 3;
/// The bars: calls a second of processor time, to one at a time; p99 to p50.
const A_SECOND: f64 = 1.0;
const SPREAD: f64 = 3.0;

/// The figures of one way to send calls.
#[derive(Default)]
struct Figures {
    a_second: Sample,
    cpu: Sample,
    p50: Sample,
    p99: Sample,
    memory: Sample,
}

pub(crate) fn measure(ours: &Target, ends: &Ends) {
    let small: Vec<Vec<u8>> = (0..256).map(|n| Kind::FreshToken.event(n)).collect();
    // One large call among 500 small ones.
    let mut with_large: Vec<Vec<u8>> = (0..500).map(|n| Kind::FreshToken.event(n)).collect();
    with_large.push(Kind::Text5Mb.event(0));
    let ways = [
        ("one at a time", 1, &small),
        ("64 at once", AT_ONCE, &small),
        ("64 at once, one in 500 of 5 MB", AT_ONCE, &with_large),
    ];
    let mut all: [Figures; 3] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, at_once, events), figures) in ways.iter().zip(&mut all) {
            run(ours, ends, *at_once, events, figures);
        }
    }
    println!(
        "| calls | a second | processor time, µs | p50, µs | p99, µs | p99 / p50 | peak memory, MiB |\n\
         |---|--:|--:|--:|--:|--:|--:|"
    );
    for ((what, ..), of) in ways.iter().zip(&all) {
        let (p50, p99) = (of.p50.median(), of.p99.median());
        println!(
            "| {what} | {:.0} | {:.0} | {p50:.0} | {p99:.0} | {:.1} | {:.1} |",
            of.a_second.median(),
            of.cpu.median(),
            p99 / p50,
            of.memory.median()
        );
    }
    let [one, many, mixed] = &all;
    println!(
        "\nCalls a second of processor time, 64 at once to one at a time: {:.2} (bar: at least {A_SECOND})\n\
         p99 to p50 of 64 at once: {:.2} (bar: at most {SPREAD})\n\
         p99 of the small calls beside large ones, to their p99 without: {:.2}",
        one.cpu.median() / many.cpu.median(),
        many.p99.median() / many.p50.median(),
        mixed.p99.median() / many.p99.median(),
    );
}

fn run(ours: &Target, ends: &Ends, at_once: usize, events: &[Vec<u8>], figures: &mut Figures) {
    let mut target = ours.clone();
    let most = at_once.to_string();
    target.env.push(("AWS_LAMBDA_MAX_CONCURRENCY".to_owned(), most));
    let _bound = Way::Bound.begin();
    let mut api = RuntimeApi::start_with(Way::Bound);
    let function = target.start_cold(&api.address(), &ends.near, None);
    api.invoke_at_once(events, at_once, WARM_UP, |_, _, _| {});
    let (before, began) = (function.cpu(), Instant::now());
    let mut small = Sample::default();
    api.invoke_at_once(events, at_once, CALLS, |event, took, answer| {
        let kind = if event == 500 { Kind::Text5Mb } else { Kind::FreshToken };
        // Only its beginning: checking whole answers would take the function's processor.
        assert!(answer.starts_with(b"{\"statusCode\":200"), "{}", kind.name());
        if kind == Kind::FreshToken {
            small.push(took.as_secs_f64() * 1e6);
        }
    });
    figures.a_second.push(CALLS as f64 / began.elapsed().as_secs_f64());
    figures.cpu.push((function.cpu() - before).as_secs_f64() * 1e6 / CALLS as f64);
    figures.p50.push(small.median());
    figures.p99.push(small.quantile(0.99));
    figures.memory.push(function.peak_memory() as f64 / f64::from(1 << 20));
}
