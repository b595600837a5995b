//! The same discipline for whoever builds on it: key sets, access tokens, secrets. What asks Google for
//! accounts is tested beside the callables (`callable/tests/revocation.rs`).

use super::*;
use crate::{
    clock::Clock,
    google::{AccessToken, AccessTokens, CachedTokens, GoogleError, Grant, Granted},
    keys::{CacheSettings, Fetch, FetchError, KeyCache},
    net::{BoxFuture, SendError, ServiceUrl},
    testing::TestKeys,
};

const HOUR: Duration = seconds(3600);

/// A caller's question, and whether it was answered.
type Ask = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

struct User {
    name: &'static str,
    service: Arc<Service>,
    clock: FixedClock,
    ask: Ask,
    fresh_for: Duration,
    usable_for: Duration,
    patience: Duration,
}

struct Asked(Arc<Service>);

impl Fetch for Asked {
    fn fetch<'a>(
        &'a self,
        _: &'a ServiceUrl,
    ) -> BoxFuture<'a, Result<crate::keys::Fetched, FetchError>> {
        Box::pin(async {
            self.0.ask().await.map_err(|_| FetchError::Connect)?;
            let body = TestKeys::shared().jwks().into();
            Ok(crate::keys::Fetched { body, lifetime: Some(HOUR) })
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

#[cfg(feature = "secrets")]
impl crate::secrets::SecretSource for Asked {
    fn read(&self) -> BoxFuture<'_, Result<crate::secrets::Secret, crate::secrets::SecretError>> {
        Box::pin(async {
            let number = self.0.ask().await;
            let number = number.map_err(|_| crate::secrets::SecretError::Unreachable)?;
            Ok(crate::secrets::Secret {
                version: number.to_string(),
                text: crate::Redacted(number.to_string()),
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

#[cfg(feature = "secrets")]
fn secrets(asked: Asked, clock: Arc<dyn Clock>) -> Ask {
    let make = |text: &str| Ok(text.to_owned());
    let secret = Arc::new(crate::secrets::KeptSecret::new("THE_SECRET", asked, make, clock));
    Arc::new(move || {
        let secret = secret.clone();
        Box::pin(async move { secret.get().await.is_ok() })
    })
}

/// Each of them, new.
fn users() -> Vec<User> {
    let row = |name, make: Make, fresh_for, usable_for, patience| {
        let service = Service::answering(Answer::Value(1));
        let clock = FixedClock::at(1_800_000_000);
        let ask = make(Asked(service.clone()), Arc::new(clock.clone()));
        User { name, service, clock, ask, fresh_for, usable_for, patience }
    };
    vec![
        row("key set", keys, HOUR, 24 * HOUR, seconds(3)),
        row("access token", tokens, seconds(3301), seconds(3571), seconds(3)),
        #[cfg(feature = "secrets")]
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
async fn ten_callers_of_a_service_that_hangs_are_one_fetch_and_wait_for_seconds_only() {
    for user in users() {
        user.service.hold();
        let before = tokio::time::Instant::now();
        user.all_are(false, user.callers(10)).await;
        assert!(before.elapsed().abs_diff(user.patience) < seconds(1), "{}", user.name);
        user.fetched(1);
        user.service.release();
        settle().await;
        assert!(user.ask().await, "{}", user.name);
        user.fetched(1);
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_service_hangs_what_is_at_hand_is_used() {
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
async fn a_service_that_fails_or_panics_is_left_alone_for_a_while_and_asked_again() {
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
async fn a_fetch_that_froze_and_died_is_made_good_by_its_callers() {
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
async fn nothing_outlives_its_time_on_either_clock() {
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
