//! Warm calls: many calls of each kind to one process, and the time to the first chunk of a stream.

use crate::{
    Figures, events::Kind, process::Target, runtime_api::RuntimeApi, stats::Sample, targets,
};

const WARM_UP: usize = 50;

/// Adds times, CPU times and the peak of memory to `figures`.
pub(crate) fn measure(target: &Target, url: &str, calls: usize, figures: &mut Figures) {
    let mut api = RuntimeApi::start();
    let function = target.start_cold(&api.address(), url, None);
    api.first_poll();
    for n in 0..WARM_UP {
        target.check(Kind::FreshToken, &api.invoke(&Kind::FreshToken.event(n)).body);
    }
    for kind in Kind::ALL {
        let calls = if kind == Kind::Text1Mb { calls / 10 } else { calls };
        let events: Vec<Vec<u8>> = (0..calls).map(|n| kind.event(n)).collect();
        let before = function.cpu();
        let mut took = Sample::default();
        for event in &events {
            let answer = api.invoke(event);
            target.check(kind, &answer.body);
            took.push(answer.took.as_secs_f64() * 1e6);
        }
        let cpu = (function.cpu() - before).as_secs_f64() * 1e6 / calls as f64;
        let mut put = |name: &str, value: f64| {
            let key = (format!("{}: {name}", kind.name()), target.name);
            figures.entry(key).or_default().push(value);
        };
        put("p50 µs", took.median());
        put("p90 µs", took.quantile(0.9));
        put("p99 µs", took.quantile(0.99));
        put("CPU µs", cpu);
    }
    let peak = function.peak_memory() as f64 / f64::from(1 << 20);
    figures.entry(("peak memory MiB".to_owned(), target.name)).or_default().push(peak);
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
