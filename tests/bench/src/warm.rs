//! Warm calls: many calls of each kind to one process, and the time to the first chunk of a stream.

use crate::{
    Figures, events::Kind, process::Target, processors::Way, runtime_api::RuntimeApi,
    stats::Sample, targets,
};

const WARM_UP: usize = 50;

/// Adds times, CPU times and the peak of memory to `figures`, twice: with simulator and function on one processor, as a
/// sandbox has it, and with both free to use all of them. On two processors, waking a thread on the other one takes
/// longer than many calls.
pub(crate) fn measure(target: &Target, url: &str, calls: usize, figures: &mut Figures) {
    for way in Way::BOTH {
        let _bound = way.begin();
        let peak = measure_kinds(target, url, calls, way, &Kind::ALL, figures);
        if let Some(structured) = target.structured() {
            measure_kinds(&structured, url, calls, way, &Kind::STRUCTURED, figures);
        }
        if way == Way::Bound {
            figures.entry(("peak memory MiB".to_owned(), target.name)).or_default().push(peak);
        }
    }
}

fn measure_kinds(
    target: &Target,
    url: &str,
    calls: usize,
    way: Way,
    kinds: &[Kind],
    figures: &mut Figures,
) -> f64 {
    let mut api = RuntimeApi::start_with(way);
    let function = target.start_cold(&api.address(), url, None);
    api.first_poll();
    for n in 0..WARM_UP {
        target.check(kinds[0], &api.invoke(&kinds[0].event(n)).body);
    }
    for &kind in kinds {
        let calls = if kind == Kind::Text1Mb { calls / 10 } else { calls };
        let events: Vec<Vec<u8>> = (0..calls).map(|n| kind.event(n)).collect();
        let before = function.cpu();
        let (mut took, mut answers) = (Sample::default(), Vec::with_capacity(calls));
        for event in &events {
            let answer = api.invoke(event);
            took.push(answer.took.as_secs_f64() * 1e6);
            answers.push(answer.body);
        }
        let cpu = (function.cpu() - before).as_secs_f64() * 1e6 / calls as f64;
        for answer in &answers {
            target.check(kind, answer);
        }
        let mut put = |name: &str, value: f64| {
            let key = (format!("{}: {name}{}", kind.name(), way.suffix()), target.name);
            figures.entry(key).or_default().push(value);
        };
        put("p50 µs", took.median());
        put("p90 µs", took.quantile(0.9));
        put("p99 µs", took.quantile(0.99));
        put("CPU µs", cpu);
    }
    function.peak_memory() as f64 / f64::from(1 << 20)
}

/// Adds the times to the first chunk of a stream, and, from the same round, to a unary answer of the same function.
pub(crate) fn measure_stream(url: &str, calls: usize, figures: &mut Figures) {
    let function = targets::streaming();
    let mut api = RuntimeApi::start();
    let _process = function.start(&api.address(), url, None);
    api.first_poll();
    let (mut first, mut unary) = (Sample::default(), Sample::default());
    for n in 0..WARM_UP {
        api.invoke(&Kind::FreshToken.event(n));
    }
    for n in 0..calls {
        // An unmeasured unary call comes first, so that neither of the two measured calls follows the pauses of a
        // stream.
        api.invoke(&Kind::FreshToken.event(n));
        let whole = api.invoke(&Kind::FreshToken.event(n));
        unary.push(whole.took.as_secs_f64() * 1e6);
        let stream = api.invoke(&Kind::Stream.event(n));
        first.push(stream.first_chunk.unwrap().as_secs_f64() * 1e6);
    }
    for (name, sample) in [("stream: first chunk p50 µs", first), ("stream: unary p50 µs", unary)]
    {
        figures.entry((name.to_owned(), function.name)).or_default().push(sample.median());
    }
}
