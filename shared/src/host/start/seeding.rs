//! Notices a build without the setting that makes the random generator start quickly.
//!
//! aws-lc seeds its generator when it is first used. Unless it was built with `AWS_LC_SYS_NO_JITTER_ENTROPY=1`, it gathers
//! the jitter of the processor for that: 30 to 100 ms of processor time, in each cold start, and ten times that with a
//! tenth of a processor. The setting stands in `.cargo/config.toml`, which a project does not inherit from a crate.

use std::{
    fs,
    time::{Duration, Instant},
};

use tracing::warn;

/// What a quick seeding never takes.
const LIMIT: Duration = Duration::from_millis(10);

/// Seeds the generator, which the first TLS handshake would otherwise do, and says so if that was slow.
pub(super) fn check() {
    let start = Instant::now();
    let _ = aws_lc_rs::rand::fill(&mut [0]);
    if is_slow(start.elapsed(), processor_time) {
        warn!(
            "seeding the random generator took more than 10 ms of processor time, which each cold start pays: write \
             [env] and AWS_LC_SYS_NO_JITTER_ENTROPY = \"1\" into .cargo/config.toml, and build again after cargo clean"
        );
    }
}

/// Whether the seeding itself was slow. A process that was merely not running for a while is told apart by the processor
/// time of its whole life, which is read only then.
fn is_slow(elapsed: Duration, processor_time: impl FnOnce() -> Option<Duration>) -> bool {
    elapsed > LIMIT && processor_time().is_none_or(|spent| spent > LIMIT)
}

/// The processor time of this process, or nothing outside Linux. The first number of the file is in nanoseconds.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seeding_is_slow_if_it_took_processor_time() {
        let ms = Duration::from_millis;
        for (elapsed, spent, slow) in [
            (ms(1), Some(ms(90)), false),
            (ms(10), Some(ms(90)), false),
            (ms(30), Some(ms(40)), true),
            (ms(30), Some(ms(4)), false),
            (ms(30), None, true),
        ] {
            assert_eq!(is_slow(elapsed, || spent), slow, "{elapsed:?}, {spent:?}");
        }
    }

    #[test]
    fn the_processor_time_is_known_on_linux() {
        assert_eq!(processor_time().is_some(), cfg!(target_os = "linux"));
    }
}
