//! Clerk's events, and the change that each makes to the user's account at Firebase.
//! Source: Clerk's webhook reference, events `session.*` and `user.*`.

use serde::Deserialize;

/// For how many seconds after the end of a session its tokens can still sign in at Firebase: a Clerk token lives for 60
/// seconds, the exchange tolerates 5 more, and the custom token that the exchange issues lives for another 60. Every
/// sign-in within this time is revoked, because it may use a token of the ended session. The cost: the user cannot sign
/// in again within this time, on any device. With 0 nobody has to wait, but such a token still signs in after the end
/// of the session.
pub(crate) const OUTSTANDING: u32 = 60 + 5 + 60;

/// An event as Clerk posts it.
#[derive(Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Data,
    /// In milliseconds since 1970.
    timestamp: Option<i64>,
}

#[derive(Deserialize)]
struct Data {
    /// Of a user event: the user's id.
    id: Option<String>,
    /// Of a session event: the user's id.
    user_id: Option<String>,
    banned: Option<bool>,
}

/// A change to a user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A session is over: end the sign-ins.
    Revoke,
    /// The user is banned: disable the account.
    Suspend,
    /// The user is not banned: enable the account, if a ban disabled it.
    Lift,
    /// The user is deleted: disable the account for good.
    Close,
}

impl Event {
    /// The action, and the id of the user; `None` for an event that changes nothing at Firebase.
    ///
    /// # Errors
    /// The event does not name a user, although events of its type do.
    pub(crate) fn action(&self) -> Result<Option<(Action, &str)>, ()> {
        let (user, action) = match (self.kind.as_str(), self.data.banned) {
            ("session.ended" | "session.removed" | "session.revoked", _) => {
                (&self.data.user_id, Action::Revoke)
            }
            ("user.deleted", _) => (&self.data.id, Action::Close),
            ("user.updated", Some(true)) => (&self.data.id, Action::Suspend),
            ("user.updated", Some(false)) => (&self.data.id, Action::Lift),
            _ => return Ok(None),
        };
        let user = user.as_deref().filter(|user| user.starts_with("user_") && user.len() <= 128);
        user.map(|user| Some((action, user))).ok_or(())
    }

    /// When the event happened, in milliseconds since 1970, and never later than `now`. Events may arrive late, twice
    /// and out of order; the event that happened last decides.
    pub(crate) fn happened(&self, now: i64) -> i64 {
        self.timestamp.map_or(now, |milliseconds| milliseconds.clamp(0, now))
    }
}

#[cfg(test)]
mod tests {
    use firebase_callable_google::CustomToken;
    use serde_json::{Value, json};

    use super::*;

    fn event(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_event_has_its_action_and_most_have_none() {
        let ada = |action| Ok(Some((action, "user_ada")));
        let session = json!({"id": "sess_1", "user_id": "user_ada"});
        let user = json!({"id": "user_ada", "banned": false});
        let banned = json!({"id": "user_ada", "banned": true});
        let cases = [
            ("session.ended", &session, ada(Action::Revoke)),
            ("session.removed", &session, ada(Action::Revoke)),
            ("session.revoked", &session, ada(Action::Revoke)),
            ("session.created", &session, Ok(None)),
            ("user.deleted", &user, ada(Action::Close)),
            ("user.deleted", &json!({"id": "user_ada", "deleted": true}), ada(Action::Close)),
            ("user.updated", &banned, ada(Action::Suspend)),
            ("user.updated", &user, ada(Action::Lift)),
            ("user.updated", &json!({"id": "user_ada", "banned": null}), Ok(None)),
            ("user.updated", &json!({"id": "user_ada"}), Ok(None)),
            ("user.created", &banned, Ok(None)),
            ("organization.deleted", &json!({"id": "org_1"}), Ok(None)),
            ("session.ended", &json!({"id": "sess_1"}), Err(())),
            ("session.ended", &json!({"user_id": "admin"}), Err(())),
            ("user.updated", &json!({"id": "admin", "banned": true}), Err(())),
            ("user.deleted", &json!({"id": format!("user_{}", "a".repeat(124))}), Err(())),
            ("user.deleted", &json!({}), Err(())),
        ];
        for (kind, data, expected) in cases {
            let event = event(json!({"type": kind, "data": data, "object": "event"}));
            assert_eq!(event.action(), expected, "{kind} {data}");
        }
    }

    #[test]
    fn a_time_in_the_future_or_no_time_counts_as_now() {
        let at = |timestamp: Value| {
            event(json!({"type": "x", "data": {}, "timestamp": timestamp})).happened(1_000_000)
        };
        assert_eq!(at(json!(999_999)), 999_999);
        assert_eq!(at(json!(2_000_000)), 1_000_000);
        assert_eq!(at(json!(-5)), 0);
        assert_eq!(at(json!(null)), 1_000_000);
    }

    #[test]
    fn tokens_are_outstanding_for_the_lifetimes_of_a_clerk_token_and_a_custom_token() {
        let custom = CustomToken::DEFAULT_LIFETIME.as_secs();
        assert_eq!(u64::from(OUTSTANDING), 60 + 5 + custom);
    }
}
