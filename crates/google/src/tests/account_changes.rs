//! Changes of accounts, at a mock of Identity Toolkit with one account. In whatever order events arrive, sign-ins that
//! were ended stay invalid, and `lift` enables the account only if `suspend` disabled it.

use std::sync::Mutex;

use serde_json::{Map, Value};

use super::*;

const CLAIM: &str = "banned_at";

/// A mock of Identity Toolkit with at most one user, `ada`.
pub(super) struct Toolkit {
    pub(super) service: MockServer,
    user: Arc<Mutex<Option<Map<String, Value>>>>,
}

impl Toolkit {
    /// `user` is `None` if she never signed in.
    pub(super) async fn with(user: Option<Value>) -> Self {
        let user = user.map(|mut user| {
            user["localId"] = json!("ada");
            user.as_object().unwrap().clone()
        });
        let user = Arc::new(Mutex::new(user));
        let stored = Arc::clone(&user);
        let service =
            MockServer::start(move |request| answer(&mut stored.lock().unwrap(), request)).await;
        Self { service, user }
    }

    pub(super) fn accounts(&self) -> Accounts {
        Accounts::at(self.service.url.clone(), PROJECT, token())
    }

    /// The account without its id.
    pub(super) fn user(&self) -> Value {
        let mut user = self.user.lock().unwrap().clone().unwrap();
        user.remove("localId");
        user.into()
    }

    fn set(&self, name: &str, value: Value) {
        self.user.lock().unwrap().as_mut().unwrap().insert(name.to_owned(), value);
    }

    pub(super) fn paths(&self) -> Vec<String> {
        let last = |request: &http::Request<bytes::Bytes>| {
            request.uri().path().rsplit('/').next().unwrap().to_owned()
        };
        self.service.requests().iter().map(last).collect()
    }
}

fn answer(user: &mut Option<Map<String, Value>>, request: &http::Request<bytes::Bytes>) -> Reply {
    let asked = body(request);
    match request.uri().path().strip_prefix("/v1/projects/test-project/accounts") {
        Some(":lookup") => {
            assert_eq!(asked, json!({"localId": ["ada"]}));
            match user {
                None => (200, json!({"kind": "x"})),
                Some(user) => (200, json!({"users": [user]})),
            }
        }
        Some("") if user.is_some() => (400, json!({"error": {"message": "DUPLICATE_LOCAL_ID"}})),
        Some("") => {
            assert_eq!(asked, json!({"localId": "ada"}));
            *user = asked.as_object().cloned();
            (200, json!({}))
        }
        Some(":update") => {
            let user = user.as_mut().expect("only an account that exists is updated");
            for (name, value) in asked.as_object().unwrap() {
                let name = if name == "disableUser" { "disabled" } else { name };
                user.insert(name.to_owned(), value.clone());
            }
            (200, json!({}))
        }
        other => panic!("{other:?}"),
    }
}

use AccountChange::{Before, Made, MadeWithoutClaim, NoSuchUser, Outdated};

#[tokio::test]
async fn revokes_once_and_never_moves_the_time_back() {
    // The account before, the arguments of the call, its outcome, and the account afterwards.
    for (user, (since, ahead), expected, then) in [
        (json!({}), (1000, 0), Made, json!({"validSince": "1000"})),
        (json!({"validSince": "999"}), (1000, 0), Made, json!({"validSince": "1000"})),
        (json!({"validSince": "1000"}), (1000, 0), Before, json!({"validSince": "1000"})),
        (json!({"validSince": "1000"}), (1000, 125), Made, json!({"validSince": "1125"})),
        (json!({"validSince": "2000"}), (1000, 125), Before, json!({"validSince": "2000"})),
    ] {
        let name = format!("{user} {since} {ahead}");
        let toolkit = Toolkit::with(Some(user)).await;
        assert_eq!(toolkit.accounts().revoke("ada", since, ahead).await, Ok(expected), "{name}");
        assert_eq!(toolkit.user(), then, "{name}");
    }
    let toolkit = Toolkit::with(None).await;
    assert_eq!(toolkit.accounts().revoke("ada", 1, 0).await, Ok(NoSuchUser));
    assert_eq!(toolkit.paths(), ["accounts:lookup"]);
    toolkit.accounts().create("ada").await.unwrap();
    assert_eq!(toolkit.accounts().revoke("ada", 1, 0).await, Ok(Made));
    toolkit.accounts().create("ada").await.unwrap();
    assert_eq!(toolkit.user(), json!({"validSince": "1"}), "an account that exists is not changed");
}

#[tokio::test]
async fn if_google_refuses_a_time_in_the_future_the_sign_ins_before_the_event_are_ended() {
    let google = MockServer::start(|request| match body(request).get("validSince") {
        None => (200, json!({"users": [{"localId": "ada"}]})),
        Some(time) if time == "1000" => (200, json!({})),
        Some(_) => (400, json!({})),
    })
    .await;
    let accounts = Accounts::at(google.url.clone(), PROJECT, token());
    assert_eq!(accounts.revoke("ada", 1000, 125).await, Err(GoogleError::Status(400)));
    let [_, refused, accepted] = google.requests().try_into().unwrap();
    assert_eq!(body(&refused)["validSince"], "1125");
    assert_eq!(body(&accepted)["validSince"], "1000");
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Suspend(i64),
    Lift(i64),
    Close(i64),
}
use Event::{Close, Lift, Suspend};

async fn happens(accounts: &Accounts, event: Event) -> AccountChange {
    match event {
        Suspend(at) => accounts.suspend("ada", CLAIM, at).await,
        Lift(at) => accounts.lift("ada", CLAIM, at).await,
        Close(at) => accounts.close("ada", CLAIM, at).await,
    }
    .unwrap()
}

#[tokio::test]
async fn the_newest_event_decides_in_any_order_and_lift_undoes_only_a_suspension() {
    let disabled = json!({"disabled": true});
    // The account before, each event with its outcome, and whether the account is disabled at the end.
    let cases: Vec<(Option<Value>, Vec<(Event, AccountChange)>, bool)> = vec![
        (Some(json!({})), vec![(Suspend(5), Made)], true),
        (Some(json!({})), vec![(Suspend(5), Made), (Suspend(5), Before)], true),
        (Some(json!({})), vec![(Suspend(5), Made), (Lift(6), Made)], false),
        (Some(json!({})), vec![(Suspend(5), Made), (Lift(5), Made)], false),
        (Some(json!({})), vec![(Suspend(5), Made), (Lift(4), Outdated)], true),
        (Some(json!({})), vec![(Lift(4), Before), (Suspend(5), Made)], true),
        (Some(json!({})), vec![(Suspend(5), Made), (Lift(6), Made), (Lift(6), Before)], false),
        (Some(json!({})), vec![(Suspend(5), Made), (Suspend(9), Made), (Lift(6), Outdated)], true),
        (Some(json!({})), vec![(Suspend(9), Made), (Suspend(5), Before), (Lift(9), Made)], false),
        // Disabled by somebody else before: it stays disabled.
        (Some(disabled.clone()), vec![(Suspend(5), Before), (Lift(6), Before)], true),
        (Some(disabled.clone()), vec![(Close(5), Before)], true),
        // Closed: nothing enables it.
        (Some(json!({})), vec![(Close(5), Made), (Close(5), Before), (Lift(6), Before)], true),
        (Some(json!({})), vec![(Suspend(5), Made), (Close(6), Made), (Lift(7), Before)], true),
        (Some(json!({})), vec![(Close(6), Made), (Suspend(5), Before), (Lift(7), Before)], true),
        // Never signed in: a custom token made earlier finds a disabled account.
        (None, vec![(Suspend(5), Made), (Suspend(5), Before)], true),
        (None, vec![(Lift(4), NoSuchUser), (Suspend(5), Made), (Lift(6), Made)], false),
        (None, vec![(Close(5), Made), (Lift(6), Before)], true),
    ];
    for (user, events, ends_disabled) in cases {
        let name = format!("{user:?} {events:?}");
        let toolkit = Toolkit::with(user).await;
        for (event, expected) in events {
            let outcome = happens(&toolkit.accounts(), event).await;
            assert_eq!(outcome, expected, "{event:?} of {name}");
        }
        let user = toolkit.user();
        assert_eq!(user["disabled"] == true, ends_disabled, "{name}: {user}");
    }
}

#[tokio::test]
async fn an_administrator_who_enables_a_suspended_account_is_not_overruled_by_a_repeated_event() {
    let toolkit = Toolkit::with(Some(json!({}))).await;
    let accounts = toolkit.accounts();
    assert_eq!(happens(&accounts, Suspend(5)).await, Made);
    toolkit.set("disabled", json!(false));
    assert_eq!(happens(&accounts, Suspend(5)).await, Before);
    assert_eq!(toolkit.user()["disabled"], false);
    assert_eq!(happens(&accounts, Suspend(6)).await, Made, "a newer event disables it again");
    assert_eq!(toolkit.user()["disabled"], true);
}

#[tokio::test]
async fn an_administrator_who_disables_a_suspended_account_must_do_so_again_after_it_is_lifted() {
    let toolkit = Toolkit::with(Some(json!({}))).await;
    let accounts = toolkit.accounts();
    assert_eq!(happens(&accounts, Suspend(5)).await, Made);
    toolkit.set("disabled", json!(true));
    assert_eq!(happens(&accounts, Lift(6)).await, Made);
    assert_eq!(toolkit.user()["disabled"], false, "one flag, which does not say who set it");
}

#[tokio::test]
async fn other_custom_claims_stay_and_ours_is_removed_with_the_suspension() {
    let toolkit =
        Toolkit::with(Some(json!({"customAttributes": r#"{"role":"editor","n":1.5}"#}))).await;
    let accounts = toolkit.accounts();
    happens(&accounts, Suspend(5_999)).await;
    assert_eq!(
        toolkit.user(),
        json!({
            "disabled": true, "validSince": "5",
            "customAttributes": r#"{"role":"editor","n":1.5,"banned_at":5999}"#,
        })
    );
    happens(&accounts, Lift(6_000)).await;
    assert_eq!(
        toolkit.user(),
        json!({
            "disabled": false, "validSince": "5",
            "customAttributes": r#"{"role":"editor","n":1.5}"#,
        })
    );
}

#[tokio::test]
async fn an_account_without_room_for_the_claim_is_disabled_nevertheless() {
    let full = json!({"text": "ä".repeat(980)}).to_string();
    for attributes in [full, "not JSON".to_owned(), "[]".to_owned()] {
        let toolkit = Toolkit::with(Some(json!({"customAttributes": attributes}))).await;
        let accounts = toolkit.accounts();
        assert_eq!(happens(&accounts, Suspend(5)).await, MadeWithoutClaim, "{attributes}");
        assert_eq!(toolkit.user()["disabled"], true, "{attributes}");
        assert_eq!(toolkit.user()["customAttributes"], attributes);
        assert_eq!(happens(&accounts, Lift(6)).await, Before, "{attributes}");
    }
}

#[tokio::test]
async fn disabling_ends_sign_ins_and_never_moves_the_time_back() {
    for event in [Suspend(5_000), Close(5_000)] {
        for (before, after) in [(json!({}), "5"), (json!({"validSince": "7"}), "7")] {
            let toolkit = Toolkit::with(Some(before)).await;
            happens(&toolkit.accounts(), event).await;
            assert_eq!(toolkit.user()["validSince"], after, "{event:?}");
        }
    }
}

#[tokio::test]
async fn a_user_who_signs_in_while_the_account_is_being_created_is_disabled_like_any_other() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let google = MockServer::start(move |request| match request.uri().path().rsplit('/').next() {
        Some("accounts") => (400, json!({"error": {"message": "DUPLICATE_LOCAL_ID"}})),
        Some("accounts:lookup") if first.swap(false, Ordering::Relaxed) => (200, json!({})),
        Some("accounts:lookup") => (200, json!({"users": [{"localId": "ada"}]})),
        _ => (200, json!({})),
    })
    .await;
    let accounts = Accounts::at(google.url.clone(), PROJECT, token());
    assert_eq!(accounts.suspend("ada", CLAIM, 5_000).await, Ok(Made));
    let update = google.requests().pop().unwrap();
    assert_eq!(update.uri(), "/v1/projects/test-project/accounts:update");
    assert_eq!(
        body(&update),
        json!({
            "localId": "ada", "disableUser": true, "validSince": "5",
            "customAttributes": r#"{"banned_at":5000}"#,
        })
    );

    let google = MockServer::start(|request| match request.uri().path().rsplit('/').next() {
        Some("accounts:lookup") => (200, json!({})),
        _ => (403, json!({})),
    })
    .await;
    let accounts = Accounts::at(google.url.clone(), PROJECT, token());
    let outcome = accounts.suspend("ada", CLAIM, 5_000).await;
    assert_eq!(outcome, Err(GoogleError::Status(403)), "the account may not be created");
}
