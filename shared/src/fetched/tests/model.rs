//! Random sequences of events, checked against a simple model: the last value and the last failure, and their times.

use proptest::prelude::*;
use tokio::time::Instant;

use super::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A call, which may be cancelled at once.
    Call {
        cancelled: bool,
    },
    Prefetch,
    Answer(Answer),
    Hold,
    Release,
    /// Time passes for the timers of waiting callers, in milliseconds.
    Wait(u64),
    /// Moves both clocks forward, only the wall clock forward, or the wall clock back. In seconds.
    Advance(u64),
    Freeze(u64),
    SetBack(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let jump = || prop_oneof![0..3u64, 50..150u64, 900..1100u64, 0..5000u64];
    let answer = prop_oneof![
        3 => (1..1000u32).prop_map(Answer::Value),
        2 => Just(Answer::Fails),
        1 => Just(Answer::Refuses),
        1 => Just(Answer::Panics),
    ];
    let step = prop_oneof![
        8 => any::<bool>().prop_map(|cancelled| Step::Call { cancelled }),
        1 => Just(Step::Prefetch),
        3 => answer.prop_map(Step::Answer),
        2 => Just(Step::Hold),
        2 => Just(Step::Release),
        3 => (0..7000u64).prop_map(Step::Wait),
        3 => jump().prop_map(Step::Advance),
        1 => jump().prop_map(Step::Freeze),
        1 => jump().prop_map(Step::SetBack),
    ];
    proptest::collection::vec(step, 1..60)
}

/// The two clocks, in seconds.
#[derive(Debug, Clone, Copy)]
struct Time {
    wall: i64,
    monotonic: i64,
}

impl Time {
    fn since(self, earlier: Self) -> i64 {
        (self.wall - earlier.wall).max(self.monotonic - earlier.monotonic).max(0)
    }
}

/// The model. The source and the test update it.
#[derive(Debug)]
struct Model {
    now: Time,
    /// The last fetched value, and when its request was sent.
    value: Option<(u32, Time)>,
    failures: u32,
    failed: Option<Time>,
    prefetched: bool,
    /// Whether no caller has needed the value since the first prefetch. If so, a failure does not count.
    unneeded: bool,
    broken: Vec<String>,
}

impl Model {
    fn request(&mut self) {
        let is_usable = self.value.is_some_and(|(_, fetched)| {
            self.now.since(fetched) < i64::try_from(USABLE_FOR.as_secs()).unwrap()
        });
        let pause = if is_usable { 1i64 << self.failures.saturating_sub(1).min(6) } else { 1 };
        if let Some(failed) = self.failed
            && self.failures > 1 // callers that joined the first failed fetch may retry
            && self.now.since(failed) < pause.min(60)
        {
            self.broken.push(format!("request during a pause: {self:?}"));
        }
    }
}

struct Observed {
    service: Arc<Service>,
    model: Arc<Mutex<Model>>,
}

/// Counts a failure when dropped, unless `failed` was cleared. A fetch that panics or times out is dropped with it set.
struct Attempt<'m> {
    model: &'m Mutex<Model>,
    failed: bool,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut model = self.model.lock().unwrap();
        if self.failed && !model.unneeded {
            model.failures += 1;
            model.failed = Some(model.now);
        }
    }
}

impl Source for Observed {
    type Value = u32;
    type Error = &'static str;

    async fn fetch(&self, _: Option<Arc<CachedValue<u32>>>) -> Result<(u32, Expiry), &'static str> {
        let began = {
            let mut model = self.model.lock().unwrap();
            model.request();
            model.now
        };
        let mut attempt = Attempt { model: &self.model, failed: true };
        let outcome = self.service.ask().await;
        match outcome {
            Ok(value) => {
                attempt.failed = false;
                let mut model = self.model.lock().unwrap();
                (model.failures, model.failed) = (0, None);
                model.value = Some((value, began));
            }
            Err(error) => attempt.failed = self.is_outage(&error),
        }
        Ok((outcome?, Expiry::with_early_refresh(FRESH_FOR, USABLE_FOR, 0.0)))
    }

    fn is_outage(&self, error: &&'static str) -> bool {
        *error != "refused"
    }
}

struct Schedule {
    service: Arc<Service>,
    clock: FixedClock,
    model: Arc<Mutex<Model>>,
    value: FetchedValue<Observed>,
    held: bool,
    calls: Vec<JoinHandle<()>>,
}

impl Schedule {
    fn new() -> Self {
        let service = Service::answering(Answer::Value(1));
        let clock = FixedClock::at(1_800_000_000);
        let now = Time { wall: 0, monotonic: 0 };
        let model = Model {
            now,
            value: None,
            failures: 0,
            failed: None,
            prefetched: false,
            unneeded: false,
            broken: Vec::new(),
        };
        let model = Arc::new(Mutex::new(model));
        let observed = Observed { service: service.clone(), model: model.clone() };
        let value = FetchedValue::new(observed, POLICY, Arc::new(clock.clone()));
        Self { service, clock, model, value, held: false, calls: Vec::new() }
    }

    /// A call that checks its own result and how long it waited.
    fn call(&self) -> JoinHandle<()> {
        let (value, model) = (self.value.clone(), self.model.clone());
        tokio::spawn(async move {
            let (now, known) = {
                let mut model = model.lock().unwrap();
                model.unneeded = false;
                (model.now, model.value)
            };
            let age = known.map(|(_, fetched)| now.since(fetched));
            let before = Instant::now();
            let got = value.get().await.map(|cached| *cached.value());
            let waited = before.elapsed();
            let mut model = model.lock().unwrap();
            let most = match age {
                Some(0..100) => Duration::ZERO,
                Some(100..1000) => POLICY.max_wait_if_expired,
                _ => POLICY.max_wait,
            };
            let mut wrong = Vec::new();
            if waited > most + Duration::from_millis(1) {
                wrong.push("waited too long");
            }
            if got.is_err() && age.is_some_and(|age| age < 1000) {
                wrong.push("no value, although the old one was usable");
            }
            if age.is_some_and(|age| age < 100) && got != Ok(known.unwrap().0) {
                wrong.push("not the fresh value");
            }
            let newest = model.value.map(|(value, _)| value);
            let old = known.map(|(value, _)| value);
            if let Ok(got) = got
                && newest != Some(got)
                && !(old == Some(got) && age < Some(1000))
            {
                wrong.push("a value that was never fetched, or is too old");
            }
            for wrong in wrong {
                model.broken.push(format!("{wrong}: {got:?} after {waited:?}, age {age:?}"));
            }
        })
    }

    fn shift(&self, change: impl FnOnce(&mut Time)) {
        change(&mut self.model.lock().unwrap().now);
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Call { cancelled } => {
                let call = self.call();
                settle().await;
                if cancelled {
                    call.abort();
                } else {
                    self.calls.push(call);
                }
            }
            Step::Prefetch => {
                let mut model = self.model.lock().unwrap();
                let idle = self.service.running.load(Ordering::SeqCst) == 0;
                model.unneeded |= !model.prefetched && idle;
                model.prefetched = true;
                drop(model);
                drop(self.value.prefetch());
            }
            Step::Answer(answer) => self.service.now_answers(answer),
            Step::Hold if !self.held => {
                let permits = self.service.open.available_permits();
                self.service.open.forget_permits(permits);
                self.held = true;
            }
            Step::Release if self.held => {
                self.service.release();
                self.held = false;
            }
            Step::Hold | Step::Release => {}
            Step::Wait(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Step::Advance(by) => {
                self.clock.advance(seconds(by));
                self.shift(|now| {
                    now.wall += by.cast_signed();
                    now.monotonic += by.cast_signed();
                });
            }
            Step::Freeze(by) => {
                self.clock.freeze_for(seconds(by));
                self.shift(|now| now.wall += by.cast_signed());
            }
            Step::SetBack(by) => {
                self.clock.set_back(seconds(by));
                self.shift(|now| now.wall -= by.cast_signed());
            }
        }
        settle().await;
    }

    async fn run(mut self, steps: Vec<Step>) -> Vec<String> {
        for step in steps {
            self.take(step).await;
        }
        self.take(Step::Release).await;
        self.take(Step::Answer(Answer::Value(7))).await;
        for call in std::mem::take(&mut self.calls) {
            call.await.unwrap();
        }
        self.take(Step::Advance(5000)).await;
        let last = self.value.get().await.map(|cached| *cached.value());
        let mut model = self.model.lock().unwrap();
        if last != Ok(7) {
            model.broken.push(format!("not recovered: {last:?}"));
        }
        if self.service.most_running.load(Ordering::SeqCst) > 1 {
            model.broken.push("several fetches at once".to_owned());
        }
        std::mem::take(&mut model.broken)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_for_any_sequence_of_events(steps in steps()) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let broken = runtime.block_on(Schedule::new().run(steps));
        prop_assert_eq!(broken, Vec::<String>::new());
    }
}
