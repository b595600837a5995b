//! A day in which functions cannot reach the issuer, with a rotation of its keys in the middle. The release binaries run
//! on a clock that the test sets.

use std::path::PathBuf;

use super::{mirror::scheduled, *};
use crate::support::{
    bucket::{Bucket, User},
    clock::Clock,
    process::{key_mirror, shipped},
    runtime_api::Deadline,
    say,
};

/// How often the mirror is written: as the template's schedule says.
const STEP: i64 = 15 * 60;
const DAY: i64 = 24 * HOUR;

/// One process of each function.
struct World {
    clock: Clock,
    bucket: Bucket,
    user: User,
    issuer: KeyIssuer,
}

impl World {
    fn start(&self, binary: PathBuf, api: &RuntimeApi) -> Process {
        let mut all = mirror::variables(&self.bucket, &self.user);
        all.extend(self.clock.variables());
        all.push(("FIREBASE_ID_TOKEN_KEYS_URL", &self.issuer.url));
        all.push(("FIREBASE_APP_CHECK_KEYS_URL", &self.issuer.url));
        api.function(binary, &all)
    }

    /// A call by these keys, with a token that is made `ahead` seconds from now.
    fn call(keys: &TestKeys, ahead: i64) -> Event {
        let token = keys.id_token(PROJECT, "ada", now() + ahead).sign();
        Event::function_url(r#"{"data":{"text":"x"}}"#).bearer(&token)
    }
}

async fn status(api: &RuntimeApi, event: &Event) -> u64 {
    api.answer_before(event, Deadline::Absurd).await.status
}

#[tokio::test]
async fn in_a_day_without_the_issuer_every_good_caller_is_served_and_nobody_else() {
    let Some(clock) = Clock::new("a-day") else {
        return say("SKIPPED: libfaketime is not installed");
    };
    let (old, new) = (TestKeys::shared(), TestKeys::fresh("new"));
    let forgers = [TestKeys::fresh(old.kid()), TestKeys::fresh(new.kid())];
    let bucket = Bucket::start().await;
    let user = bucket.user("both", "s3:*", "firebase-keys/*").await;
    let issuer = KeyIssuer::silent().await;
    issuer.now_has(&[&old]);
    let world = World { clock, bucket, user, issuer };
    let (mirror_api, api) = (RuntimeApi::start().await, RuntimeApi::start().await);
    let _mirror = world.start(key_mirror(), &mirror_api);
    let mut function = None;

    let mut calls = 0;
    for ahead in (0..=DAY).step_by(usize::try_from(STEP).unwrap()) {
        world.clock.set(ahead);
        let rotated = ahead >= DAY / 2;
        if rotated {
            world.issuer.now_has(&[&new]);
        }
        world.issuer.speak_to(2); // to the mirror function alone, for each of its sets
        let round = mirror_api.reply(&scheduled(), Deadline::Absurd).await.into_answer();
        let ages: Value = serde_json::from_str(&round.body).unwrap();
        let is_new = |key_set: &str| ages[key_set].as_u64().is_some_and(|age| age < 60);
        assert!(is_new("id-token") && is_new("app-check"), "{ahead} s: {ages}");

        let process = function.get_or_insert_with(|| world.start(shipped(), &api));
        let [forger, other] = &forgers;
        let (good, forger) = if rotated { (&new, other) } else { (&old, forger) };
        let outcome = status(&api, &World::call(good, ahead)).await;
        assert_eq!(outcome, 200, "{ahead} s: {}", process.output());
        assert_eq!(status(&api, &World::call(forger, ahead)).await, 401, "{ahead} s");
        calls += 2;
    }
    assert_eq!(calls, 2 * (24 * 4 + 1));
    // Long after the rotation, the old key serves nobody; only the issuer could say that it does not exist.
    assert_eq!(status(&api, &World::call(&old, DAY)).await, 503);
    let function = function.unwrap();
    function.lines_with(r#""id_token_keys":"mirror""#, 1).await;
    let output = function.output();
    assert!(!output.contains(r#""id_token_keys":"issuer""#), "{output}");
}
