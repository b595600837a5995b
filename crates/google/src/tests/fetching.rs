//! Key sets, access tokens and secrets are fetched by the same rules. `revocation.rs` tests the accounts.

use std::{sync::Mutex, time::Duration};

use firebase_callable_aws::SecretText;
use shared::{
    clock::Clock,
    keys::{CacheSettings, Fetch, FetchError, KeyCache},
    net::{BoxFuture, ServiceUrl},
};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::*;
use crate::access_token::{CachedTokens, Grant, Granted};
use crate::aws::{CallerIdentity, ReadError, SecretSource, ServiceAccount, StoredSecret};

/// More fetches than any test makes.
const PERMITS: usize = 1_000_000;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How the service answers.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Value(u32),
    Fails,
    Panics,
}

/// A service that counts its fetches, and does not answer while it is on hold.
struct Service {
    fetches: AtomicUsize,
    answer: Mutex<Answer>,
    open: Semaphore,
}

impl Service {
    fn answering(answer: Answer) -> Arc<Self> {
        let open = Semaphore::new(PERMITS);
        Arc::new(Self { fetches: AtomicUsize::new(0), answer: Mutex::new(answer), open })
    }

    fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Makes fetches wait until the service is released.
    fn hold(&self) {
        self.open.forget_permits(PERMITS);
    }

    fn release_one(&self) {
        self.open.add_permits(1);
    }

    fn release(&self) {
        self.open.add_permits(PERMITS);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn ask(&self) -> Result<u32, &'static str> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        self.open.acquire().await.unwrap().forget();
        let answer = *self.answer.lock().unwrap();
        match answer {
            Answer::Value(value) => Ok(value),
            Answer::Fails => Err("down"),
            // A panic that the panic hook does not print.
            Answer::Panics => std::panic::resume_unwind(Box::new("the service panics")),
        }
    }
}

/// Lets spawned tasks run until they wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

const HOUR: Duration = seconds(3600);

/// Requests the value once; `true` if the caller gets it.
type Ask = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

struct User {
    name: &'static str,
    service: Arc<Service>,
    clock: FixedClock,
    ask: Ask,
    fresh_for: Duration,
    usable_for: Duration,
    max_wait: Duration,
}

struct Asked(Arc<Service>);

impl Fetch for Asked {
    fn fetch<'a>(
        &'a self,
        _: &'a ServiceUrl,
    ) -> BoxFuture<'a, Result<shared::keys::Fetched, FetchError>> {
        Box::pin(async {
            self.0.ask().await.map_err(|_| SendError::Connect)?;
            let body = TestKeys::shared().jwks().into();
            Ok(shared::keys::Fetched { body, lifetime: Some(HOUR) })
        })
    }
}

impl Grant for Asked {
    fn grant(&self, _: i64) -> BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let number = self.0.ask().await.map_err(|_| SendError::Connect)?;
            Ok(Granted { token: AccessToken::new(&number.to_string()), lifetime: HOUR })
        })
    }
}

impl SecretSource for Asked {
    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        Box::pin(async {
            let number = self.0.ask().await.map_err(|_| ReadError::slow())?;
            let text = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
            Ok(StoredSecret {
                version: number.to_string(),
                text: SecretText::new(text.to_string()),
            })
        })
    }
}

type Make = fn(Asked, Arc<dyn Clock>) -> Ask;

fn keys(asked: Asked, clock: Arc<dyn Clock>) -> Ask {
    let url = ServiceUrl::parse("https://keys.example.com/jwks").unwrap();
    let cache = KeyCache::new(CacheSettings::id_tokens(url), Arc::new(asked), clock);
    Arc::new(move || {
        let cache = cache.clone();
        Box::pin(async move { cache.key("test-key").await.is_ok() })
    })
}

fn tokens(asked: Asked, clock: Arc<dyn Clock>) -> Ask {
    let tokens = Arc::new(CachedTokens::new(asked, clock));
    Arc::new(move || {
        let tokens = tokens.clone();
        Box::pin(async move { tokens.access_token().await.is_ok() })
    })
}

fn secrets(asked: Asked, clock: Arc<dyn Clock>) -> Ask {
    let subjects = Arc::new(CallerIdentity::new(crate::aws::Aws::default(), Arc::clone(&clock)));
    let account = ServiceAccount::from_source(asked, subjects, Some(PROJECT), clock);
    Arc::new(move || {
        let account = account.clone();
        Box::pin(async move { account.signer().await.is_ok() })
    })
}

/// A cache of each kind: key set, access token, secret.
fn users() -> Vec<User> {
    let row = |name, make: Make, fresh_for, usable_for, max_wait| {
        let service = Service::answering(Answer::Value(1));
        let clock = FixedClock::at(1_800_000_000);
        let ask = make(Asked(service.clone()), Arc::new(clock.clone()));
        User { name, service, clock, ask, fresh_for, usable_for, max_wait }
    };
    vec![
        row("key set", keys, HOUR, 24 * HOUR, seconds(3)),
        row("access token", tokens, seconds(3301), seconds(3571), seconds(3)),
        row("secret", secrets, seconds(300), HOUR, seconds(4)),
    ]
}

impl User {
    async fn ask(&self) -> bool {
        (self.ask)().await
    }

    fn callers(&self, count: usize) -> Vec<JoinHandle<bool>> {
        (0..count).map(|_| tokio::spawn((self.ask)())).collect()
    }

    async fn all_are(&self, answered: bool, callers: Vec<JoinHandle<bool>>) {
        for caller in callers {
            assert_eq!(caller.await.unwrap(), answered, "{}", self.name);
        }
    }

    fn fetched(&self, times: usize) {
        assert_eq!(self.service.fetches(), times, "{}", self.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_share_a_fetch_and_its_cancelled_first_caller_does_not_end_it() {
    for user in users() {
        user.service.hold();
        let first = tokio::spawn((user.ask)());
        settle().await;
        let callers = user.callers(100);
        settle().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        user.service.release();
        user.all_are(true, callers).await;
        user.fetched(1);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_callers_share_one_fetch_from_a_service_that_hangs_and_wait_a_few_seconds() {
    for user in users() {
        user.service.hold();
        let before = tokio::time::Instant::now();
        user.all_are(false, user.callers(10)).await;
        assert!(before.elapsed().abs_diff(user.max_wait) < seconds(1), "{}", user.name);
        user.fetched(1);
        user.service.release();
        settle().await;
        assert!(user.ask().await, "{}", user.name);
        user.fetched(1);
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_service_hangs_the_last_value_is_used_until_it_is_too_old() {
    for user in users() {
        assert!(user.ask().await);
        user.service.hold();
        user.clock.advance(user.fresh_for);
        let before = tokio::time::Instant::now();
        user.all_are(true, user.callers(10)).await;
        assert!(before.elapsed().abs_diff(seconds(1)) < seconds(1), "{}", user.name);
        let before = tokio::time::Instant::now();
        user.all_are(true, user.callers(10)).await;
        assert_eq!(before.elapsed(), Duration::ZERO, "{}: only the first ones wait", user.name);
        user.fetched(2);
        user.clock.advance(user.usable_for - user.fresh_for);
        assert!(!user.ask().await, "{}: too old", user.name);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_or_panic_there_is_a_pause_and_then_another_fetch() {
    for answer in [Answer::Fails, Answer::Panics] {
        for user in users() {
            user.service.now_answers(answer);
            for _ in 0..100 {
                assert!(!user.ask().await, "{}", user.name);
            }
            assert!(user.service.fetches() <= 3, "{}", user.name);
            user.service.now_answers(Answer::Value(1));
            user.clock.advance(seconds(60));
            assert!(user.ask().await, "{}: {answer:?}", user.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_fetch_that_was_frozen_and_failed_fetch_once_more() {
    for user in users() {
        user.service.now_answers(Answer::Fails);
        user.service.hold();
        let first = tokio::spawn((user.ask)());
        settle().await;
        user.clock.freeze_for(seconds(600));
        let callers = user.callers(10);
        settle().await;
        user.service.release_one();
        settle().await;
        user.service.now_answers(Answer::Value(1));
        user.service.release();
        user.all_are(true, callers).await;
        assert!(!first.await.unwrap());
        user.fetched(2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_expires_by_whichever_clock_is_ahead() {
    for user in users() {
        assert!(user.ask().await);
        user.service.now_answers(Answer::Fails);
        user.clock.freeze_for(user.usable_for);
        assert!(!user.ask().await, "{}: frozen", user.name);
    }
    for user in users() {
        assert!(user.ask().await);
        user.clock.set_back(1000 * HOUR);
        assert!(user.ask().await, "{}: set back", user.name);
        user.fetched(1);
        user.service.now_answers(Answer::Fails);
        user.clock.advance(user.usable_for);
        assert!(!user.ask().await, "{}: set back, and later", user.name);
    }
}
