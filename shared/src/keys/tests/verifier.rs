//! The verifier: tokens need a key id if the keys are a set, and none if one key is configured.

use super::*;
use crate::{
    testing::{NOW, PROJECT, TokenBuilder},
    token::{IdTokenRules, PublicKey, TokenError},
};

fn good() -> TokenBuilder {
    TestKeys::shared().id_token(PROJECT, "ada", NOW)
}

fn verifier(keys: Keys) -> Verifier<IdTokenRules> {
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    Verifier::new(IdTokenRules::new(PROJECT), keys, clock)
}

fn cached(answer: Answer) -> (Verifier<IdTokenRules>, Arc<Endpoint>) {
    let endpoint = Endpoint::answering(answer);
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let settings = CacheSettings::id_tokens(google_id_token_keys());
    let keys = KeyCache::new(settings, Arc::clone(&endpoint) as Arc<dyn Fetch>, clock);
    (verifier(Keys::Cached(keys)), endpoint)
}

async fn outcome(verifier: &Verifier<IdTokenRules>, raw: &str) -> Result<String, VerifyError> {
    verifier.verify(raw).await.map(|auth| auth.uid().to_owned())
}

#[tokio::test]
async fn a_configured_key_verifies_tokens_with_any_key_id_or_none() {
    let key = PublicKey::from_pem(&TestKeys::shared().public_key_pem()).unwrap();
    let verifier = verifier(Keys::Fixed(key));
    assert!(verifier.cache().is_none());
    for token in [good(), good().without_header("kid"), good().header("kid", "other")] {
        assert_eq!(outcome(&verifier, &token.sign()).await.as_deref(), Ok("ada"));
    }
    let forged = TestKeys::fresh("test-key").id_token(PROJECT, "ada", NOW).sign();
    for (raw, error) in [
        (forged, TokenError::Signature),
        (good().unsigned(), TokenError::Alg),
        (good().claim("aud", "other").sign(), TokenError::Aud),
    ] {
        assert_eq!(outcome(&verifier, &raw).await, Err(error.into()));
    }
}

#[tokio::test]
async fn keys_are_fetched_only_for_a_token_that_met_every_other_rule() {
    let (verifier, endpoint) = cached(Answer::Keys(&["test-key"], None));
    for (token, error) in [
        (good().without_header("kid"), TokenError::KidMissing),
        (good().header("kid", "?"), TokenError::KidInvalid),
        (good().claim("exp", NOW), TokenError::Exp),
    ] {
        assert_eq!(outcome(&verifier, &token.sign()).await, Err(error.into()));
    }
    assert_eq!(endpoint.fetches.load(Ordering::SeqCst), 0);
    assert_eq!(outcome(&verifier, &good().sign()).await.as_deref(), Ok("ada"));
    assert_eq!(endpoint.fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_is_not_refused_if_its_key_cannot_be_fetched() {
    let (verifier, _) = cached(Answer::Fails(SendError::Connect.into()));
    let error = outcome(&verifier, &good().sign()).await.unwrap_err();
    assert_eq!(error, UNAVAILABLE);
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        ("keys_unavailable", "keys_unavailable")
    );
}
