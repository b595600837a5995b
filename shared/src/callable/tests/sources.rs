//! Revoked and disabled users: who is refused, when the source is asked, and what happens if it fails.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    AuthData,
    callable::{RevocationSource, SignIn, SourceError},
    net::BoxFuture,
    testing::{NOW, PROJECT, TestKeys},
};

/// Gives the same answer about every user, and counts how often it is asked.
#[derive(Debug, Clone)]
pub(super) struct Source {
    answer: Result<SignIn, &'static str>,
    asked: Arc<AtomicUsize>,
}

impl RevocationSource for Source {
    fn sign_in<'a>(&'a self, _: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { self.answer.map_err(Into::into) })
    }
}

pub(super) fn source(answer: Result<SignIn, &'static str>) -> Source {
    Source { answer, asked: Arc::default() }
}

fn ada() -> Call {
    Call::with(1).signed_in("ada")
}

#[tokio::test]
async fn refuses_users_that_are_deleted_disabled_or_revoked() {
    for (answer, status) in [
        (SignIn::Current, 200),
        (SignIn::Revoked, 401),
        (SignIn::UserDisabled, 401),
        (SignIn::UserNotFound, 401),
    ] {
        for callable in [
            who().check_revoked(source(Ok(answer))),
            who().check_revoked_unless_unavailable(source(Ok(answer))),
        ] {
            let answered = ada().to(callable).await;
            assert_eq!(answered.status, status, "{answer:?}");
            if status == 401 {
                assert_eq!(answered.text(), UNAUTH, "the client does not learn the reason");
            }
        }
    }
}

#[tokio::test]
async fn a_token_without_the_time_of_its_sign_in_is_refused() {
    let token = TestKeys::shared().id_token(PROJECT, "ada", NOW).without("auth_time").sign();
    for answer in [SignIn::Current, SignIn::Revoked] {
        let callable = who().check_revoked(source(Ok(answer)));
        assert_eq!(Call::with(1).bearer(&token).to(callable).await.text(), UNAUTH);
    }
}

#[tokio::test]
async fn if_the_source_fails_the_option_decides_whether_the_call_continues() {
    let required = who().check_revoked(source(Err("is down")));
    let answer = ada().to(required).await;
    assert_eq!(answer.error(), json!({"message": "Unavailable", "status": "UNAVAILABLE"}));
    let open = who().check_revoked_unless_unavailable(source(Err("is down")));
    assert_eq!(ada().to(open).await.status, 200);
}

#[tokio::test]
async fn asks_only_about_verified_callers_and_only_with_the_option() {
    let source = source(Ok(SignIn::UserDisabled));
    let asked = Arc::clone(&source.asked);
    let checks = || who().check_revoked(source.clone());
    assert_eq!(Call::with(1).to(checks()).await.status, 200, "signed out");
    let of = |project: &str| TestKeys::shared().id_token(project, "ada", NOW);
    for token in ["forged".to_owned(), of("other").sign(), of(PROJECT).unsigned()] {
        assert_eq!(Call::with(1).bearer(&token).to(checks()).await.status, 401);
    }
    let of_another_tenant = checks().tenants(crate::TenantPolicy::one_of(["t1"]));
    assert_eq!(ada().to(of_another_tenant).await.status, 401);
    assert_eq!(ada().to(checks().ignore_id_token(true)).await.status, 200);
    assert_eq!(ada().to(who()).await.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(ada().to(checks()).await.status, 401);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
