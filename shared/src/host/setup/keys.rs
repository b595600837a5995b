//! The key sets of a function: one cache for each, which all verifiers of the process share.

use std::{cell::OnceCell, sync::Arc};

use super::Setup;
use crate::{
    callable::IdTokenVerifier,
    host::{error::StartError, mirror::KeyMirror, variables::KEYS_MIRROR},
    keys::{CacheSettings, Copies, KeyCache, Keys, Mirror, Verifier},
    token::{AppCheckRules, IdTokenRules},
};

impl Setup {
    /// The caches of all key sets that were made.
    pub(in crate::host) fn key_caches(&self) -> Vec<Arc<KeyCache>> {
        self.key_caches.borrow().clone()
    }

    /// A cache of the key set that `settings` describe. The keys are fetched while the process polls for its first
    /// call.
    ///
    /// ```
    /// use shared::keys::{CacheSettings, google_id_token_keys};
    ///
    /// fn keys(setup: &shared::host::Setup) -> std::sync::Arc<shared::keys::KeyCache> {
    ///     setup.key_cache(CacheSettings::id_tokens(google_id_token_keys()))
    /// }
    /// ```
    #[must_use]
    pub fn key_cache(&self, settings: CacheSettings) -> Arc<KeyCache> {
        self.keys(settings, true)
    }

    /// The settings of the two key sets of Firebase, that of ID tokens and that of App Check tokens.
    ///
    /// ```
    /// fn names(setup: &shared::host::Setup) -> [&'static str; 2] {
    ///     setup.firebase_key_sets().map(|settings| settings.key_set)
    /// }
    /// ```
    #[must_use]
    pub fn firebase_key_sets(&self) -> [CacheSettings; 2] {
        let (id_tokens, app_check) =
            (&self.config.id_token_keys_url, &self.config.app_check_keys_url);
        [CacheSettings::id_tokens(id_tokens.clone()), CacheSettings::app_check(app_check.clone())]
    }

    /// The mirror of key sets that `FIREBASE_KEYS_MIRROR` names. For the function that writes it: every other function
    /// reads it anyway.
    ///
    /// ```
    /// # use shared::host::{Setup, StartError};
    /// fn start(setup: &Setup) -> Result<(), StartError> {
    ///     let mirror = setup.key_mirror()?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// The variable is not set.
    pub fn key_mirror(&self) -> Result<Arc<KeyMirror>, StartError> {
        self.config.key_mirror.clone().ok_or_else(|| {
            StartError::new(
                KEYS_MIRROR,
                "is not set: set it to a bucket, as in s3://my-keys/firebase-keys",
            )
        })
    }

    /// With `prefetch`, the keys are fetched ahead of the first call: for functions whose every call needs them.
    pub(super) fn id_tokens(&self, prefetch: bool) -> IdTokenVerifier {
        if let Some(emulator) = self.auth_emulator() {
            return emulator.id_tokens();
        }
        let rules = IdTokenRules::new(&self.config.project_id);
        let [settings, _] = self.firebase_key_sets();
        let keys = Keys::Cached(self.shared_keys(&self.id_token_keys, settings, prefetch));
        IdTokenVerifier::Production(Verifier::new(rules, keys, self.clock()))
    }

    pub(super) fn app_check(&self, prefetch: bool) -> Verifier<AppCheckRules> {
        let mut rules = AppCheckRules::new(&self.config.project_id);
        if let Some(number) = &self.config.project_number {
            rules = rules.project_number(number);
        }
        let [_, settings] = self.firebase_key_sets();
        let keys = Keys::Cached(self.shared_keys(&self.app_check_keys, settings, prefetch));
        Verifier::new(rules, keys, self.clock())
    }

    /// The cache in this place, made if there is none. It is fetched ahead if one of the callables needs it.
    fn shared_keys(
        &self,
        place: &OnceCell<Arc<KeyCache>>,
        settings: CacheSettings,
        prefetch: bool,
    ) -> Arc<KeyCache> {
        let keys = place.get_or_init(|| self.keys(settings, false));
        if prefetch {
            self.prefetch_keys(keys);
        }
        Arc::clone(keys)
    }

    fn keys(&self, settings: CacheSettings, prefetch: bool) -> Arc<KeyCache> {
        let copies = Copies {
            baked: self.config.baked_keys.clone(),
            mirror: self.config.key_mirror.clone().map(|mirror| mirror as Arc<dyn Mirror>),
        };
        let (fetch, clock) = (Arc::clone(&self.fetch), self.clock());
        let cache = KeyCache::with_copies(settings, fetch, clock, copies);
        self.key_caches.borrow_mut().push(Arc::clone(&cache));
        if prefetch {
            self.prefetch_keys(&cache);
        }
        cache
    }

    /// Once for each cache: a failure of the first prefetch causes no pause, and one of a second would.
    fn prefetch_keys(&self, keys: &Arc<KeyCache>) {
        let mut begun = self.prefetched_keys.borrow_mut();
        if begun.iter().any(|other| Arc::ptr_eq(other, keys)) {
            return;
        }
        begun.push(Arc::clone(keys));
        let keys = Arc::clone(keys);
        self.prefetch(async move { keys.prefetch() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        callable::{Callable, CallableRequest},
        host::config::Config,
        protocol::HttpsError,
    };

    async fn greet(request: CallableRequest<String>) -> Result<String, HttpsError> {
        Ok(request.data)
    }

    #[test]
    fn the_keys_that_several_callables_share_are_fetched_ahead_once() {
        let read = |name: &str| (name == "FIREBASE_PROJECT_ID").then(|| "my-app".to_owned());
        let setup = Setup::new(Arc::new(Config::read(read).unwrap()), read);
        for expected in [1, 1] {
            setup.callable(Callable::new(greet)).unwrap();
            assert_eq!(setup.prefetches.borrow().len(), expected, "of ID tokens");
        }
        for expected in [2, 2] {
            setup.callable(Callable::new(greet).enforce_app_check(true)).unwrap();
            assert_eq!(setup.prefetches.borrow().len(), expected, "of App Check tokens, too");
        }
    }
}
