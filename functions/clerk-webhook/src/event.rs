//! What happened at Clerk, and whose sign-ins it ends at Firebase.
//! Source: Clerk's webhook reference, events `session.*` and `user.*`.

use serde::Deserialize;

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

/// The sign-ins of one user are over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) user: String,
    /// Whether the user is gone for good.
    pub(crate) disable: bool,
}

impl Event {
    /// What is to be done; `None` for events that end nothing.
    ///
    /// # Errors
    /// An event that should name a user, and names none.
    pub(crate) fn revocation(&self) -> Result<Option<Revocation>, ()> {
        let (user, disable) = match self.kind.as_str() {
            "session.ended" | "session.removed" | "session.revoked" => (&self.data.user_id, false),
            "user.deleted" => (&self.data.id, true),
            // A banned user gets no Clerk session, and so no new custom token: nothing to disable,
            // and nothing to undo when the ban is lifted.
            "user.updated" if self.data.banned == Some(true) => (&self.data.id, false),
            _ => return Ok(None),
        };
        let user = user.clone().filter(|user| user.starts_with("user_") && user.len() <= 128);
        user.map(|user| Some(Revocation { user, disable })).ok_or(())
    }

    /// When it happened, in seconds since 1970: a late delivery must not end a newer sign-in.
    pub(crate) fn happened(&self, now: i64) -> i64 {
        self.timestamp.map_or(now, |milliseconds| milliseconds.div_euclid(1000).clamp(0, now))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn ends_sign_ins_when_a_session_or_a_user_ends_and_not_otherwise() {
        let ends = |disable| Ok(Some(Revocation { user: "user_ada".to_owned(), disable }));
        let session = json!({"id": "sess_1", "user_id": "user_ada"});
        let user = json!({"id": "user_ada", "banned": false});
        let banned = json!({"id": "user_ada", "banned": true});
        let cases = [
            ("session.ended", &session, ends(false)),
            ("session.removed", &session, ends(false)),
            ("session.revoked", &session, ends(false)),
            ("session.created", &session, Ok(None)),
            ("user.deleted", &user, ends(true)),
            ("user.updated", &banned, ends(false)),
            ("user.updated", &user, Ok(None)),
            ("user.updated", &json!({"id": "user_ada", "banned": null}), Ok(None)),
            ("user.created", &banned, Ok(None)),
            ("organization.deleted", &json!({"id": "org_1"}), Ok(None)),
            ("session.ended", &json!({"id": "sess_1"}), Err(())),
            ("session.ended", &json!({"user_id": "admin"}), Err(())),
            ("user.deleted", &json!({}), Err(())),
        ];
        for (kind, data, expected) in cases {
            let event = event(json!({"type": kind, "data": data, "object": "event"}));
            assert_eq!(event.revocation(), expected, "{kind} {data}");
        }
    }

    #[test]
    fn counts_from_when_it_happened_and_never_from_the_future() {
        let at = |timestamp: Value| {
            event(json!({"type": "x", "data": {}, "timestamp": timestamp})).happened(1000)
        };
        assert_eq!(at(json!(999_999)), 999);
        assert_eq!(at(json!(2_000_000)), 1000);
        assert_eq!(at(json!(-5)), 0);
        assert_eq!(at(json!(null)), 1000);
    }
}
