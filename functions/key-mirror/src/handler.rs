//! Keeps the mirror of key sets up to date: fetches each set from its issuer, checks it as the functions do, and writes
//! it with the time of the fetch. Functions then read the mirror, and need no way to the issuers.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value};
use shared::{
    HttpsError,
    clock::{Clock, Moment},
    host::KeyMirror,
    keys::{CacheSettings, Fetch, KeyCopy, Mirror},
};
use tracing::{error, info, warn};

/// At most one round in this time, since anybody who reaches the function can ask for one.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(60);

/// A place that copies are read from and written to.
pub(crate) trait Store: Mirror {
    async fn write(&self, settings: &CacheSettings, copy: &KeyCopy) -> Result<(), String>;
}

impl Store for KeyMirror {
    async fn write(&self, settings: &CacheSettings, copy: &KeyCopy) -> Result<(), String> {
        Self::write(self, settings, copy).await.map_err(|error| error.to_string())
    }
}

/// The key sets that are mirrored, and where they go.
pub(crate) struct Mirroring<M> {
    mirror: Arc<M>,
    issuers: Arc<dyn Fetch>,
    sets: Vec<CacheSettings>,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<Moment>>,
}

impl<M: Store> Mirroring<M> {
    pub(crate) fn new(
        mirror: Arc<M>,
        issuers: Arc<dyn Fetch>,
        sets: Vec<CacheSettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { mirror, issuers, sets, clock, last: Mutex::default() }
    }

    /// Writes all sets, and says of each how old the mirror's copy is then, in seconds. A set that cannot be had or
    /// written does not keep the others from being written: its age grows, until an alarm tells the operator.
    pub(crate) async fn round(self: Arc<Self>) -> Result<Value, HttpsError> {
        if !self.begins() {
            return Err(HttpsError::resource_exhausted("a round began less than a minute ago"));
        }
        let mut ages = Map::new();
        for settings in &self.sets {
            let key_set = settings.key_set;
            if let Err(outcome) = self.renew(settings).await {
                warn!(key_set, outcome, "key set not mirrored");
            }
            let age = self.age_of_copy(key_set).await;
            let age_s = age.map(|age| age.as_secs());
            // The names of this line and its field are in template.yaml.
            match age_s {
                Some(age_s) => info!(key_set, age_s, "key copy"),
                None => error!(key_set, age_s = u32::MAX, "key copy"),
            }
            ages.insert(key_set.to_owned(), age_s.into());
        }
        Ok(Value::Object(ages))
    }

    fn begins(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Moment::now(&*self.clock);
        let is_early = last.is_some_and(|last| now.since(last) < BETWEEN_ROUNDS);
        if !is_early {
            *last = Some(now);
        }
        !is_early
    }

    async fn renew(&self, settings: &CacheSettings) -> Result<(), String> {
        let fetched_at = self.clock.unix_seconds();
        let fetched = self.issuers.fetch(&settings.url).await.map_err(|error| error.to_string())?;
        let copy =
            KeyCopy::of(settings, &fetched, fetched_at).map_err(|error| error.to_string())?;
        self.mirror.write(settings, &copy).await
    }

    /// The age of what functions read; `None` if they cannot read it.
    async fn age_of_copy(&self, key_set: &str) -> Option<Duration> {
        let copy = KeyCopy::parse(self.mirror.read(key_set).await.ok()?).ok()?;
        Some(copy.age(self.clock.unix_seconds()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bytes::Bytes;
    use serde_json::json;
    use shared::{
        ErrorCode,
        keys::{FetchError, Fetched, google_app_check_keys, google_id_token_keys},
        net::{BoxFuture, ServiceUrl},
        testing::{FixedClock, TestKeys},
    };

    use super::*;

    /// A store in memory.
    #[derive(Default)]
    struct Memory {
        copies: Mutex<HashMap<String, Bytes>>,
        full: Mutex<bool>,
    }

    impl Mirror for Memory {
        fn read<'a>(&'a self, key_set: &'a str) -> BoxFuture<'a, Result<Bytes, FetchError>> {
            let copy = self.copies.lock().unwrap().get(key_set).cloned();
            Box::pin(async { copy.ok_or(FetchError::Status(404)) })
        }
    }

    impl Store for Memory {
        async fn write(&self, settings: &CacheSettings, copy: &KeyCopy) -> Result<(), String> {
            if *self.full.lock().unwrap() {
                return Err("full".to_owned());
            }
            let copy = copy.document().clone();
            self.copies.lock().unwrap().insert(settings.key_set.to_owned(), copy);
            Ok(())
        }
    }

    /// Answers with this text, or with 503.
    struct Issuers(Mutex<HashMap<String, String>>);

    impl Fetch for Issuers {
        fn fetch<'a>(&'a self, url: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
            let body = self.0.lock().unwrap().get(&url.to_string()).cloned();
            let fetched = body.map(|body| Fetched { body: body.into(), lifetime: None });
            Box::pin(async { fetched.ok_or(FetchError::Status(503)) })
        }
    }

    struct Bench {
        clock: FixedClock,
        store: Arc<Memory>,
        issuers: Arc<Issuers>,
        mirroring: Arc<Mirroring<Memory>>,
    }

    fn bench() -> Bench {
        let keys = json!({ "keys": [TestKeys::shared().jwk()] }).to_string();
        let urls = [google_id_token_keys(), google_app_check_keys()];
        let answers = urls.iter().map(|url| (url.to_string(), keys.clone())).collect();
        let [id_tokens, app_check] = urls;
        let sets = vec![CacheSettings::id_tokens(id_tokens), CacheSettings::app_check(app_check)];
        let (clock, store) = (FixedClock::at(1_800_000_000), Arc::new(Memory::default()));
        let issuers = Arc::new(Issuers(Mutex::new(answers)));
        let (fetch, time) = (Arc::clone(&issuers), Arc::new(clock.clone()));
        let mirroring = Mirroring::new(Arc::clone(&store), fetch, sets, time);
        Bench { clock, store, issuers, mirroring: Arc::new(mirroring) }
    }

    impl Bench {
        async fn round(&self) -> Result<Value, HttpsError> {
            Arc::clone(&self.mirroring).round().await
        }

        async fn next_round(&self) -> Value {
            self.clock.advance(Duration::from_secs(900));
            self.round().await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_round_writes_every_set_with_its_source_and_time() {
        let bench = bench();
        assert_eq!(bench.round().await.unwrap(), json!({ "id-token": 0, "app-check": 0 }));
        let copies = bench.store.copies.lock().unwrap();
        for (key_set, source) in
            [("id-token", google_id_token_keys()), ("app-check", google_app_check_keys())]
        {
            let copy: Value = serde_json::from_slice(&copies[key_set]).unwrap();
            assert_eq!(copy["source"], source.to_string());
            assert_eq!(copy["fetched_at"], 1_800_000_000);
            assert_eq!(copy["keys"][0], TestKeys::shared().jwk());
        }
    }

    #[tokio::test]
    async fn a_set_that_cannot_be_had_grows_old_and_the_others_do_not() {
        let bench = bench();
        bench.round().await.unwrap();
        for answer in [None, Some("<html>"), Some(r#"{"keys":[]}"#), Some("{}")] {
            let url = google_id_token_keys().to_string();
            let mut answers = bench.issuers.0.lock().unwrap().clone();
            answers.remove(&url);
            answers.extend(answer.map(|text| (url, text.to_owned())));
            *bench.issuers.0.lock().unwrap() = answers;
            let ages = bench.next_round().await;
            assert!(ages["id-token"].as_u64().unwrap() >= 900, "{answer:?}: {ages}");
            assert_eq!(ages["app-check"], 0, "{answer:?}");
        }
        *bench.store.full.lock().unwrap() = true;
        assert_eq!(bench.next_round().await["app-check"], 900);
    }

    #[tokio::test]
    async fn a_copy_that_was_never_written_has_no_age() {
        let bench = bench();
        *bench.store.full.lock().unwrap() = true;
        assert_eq!(bench.round().await.unwrap(), json!({ "id-token": null, "app-check": null }));
    }

    #[tokio::test]
    async fn rounds_are_a_minute_apart_whoever_asks_for_them() {
        let bench = bench();
        bench.round().await.unwrap();
        bench.clock.advance(Duration::from_secs(59));
        assert_eq!(bench.round().await.unwrap_err().code(), ErrorCode::ResourceExhausted);
        bench.clock.advance(Duration::from_secs(1));
        bench.round().await.unwrap();
    }
}
