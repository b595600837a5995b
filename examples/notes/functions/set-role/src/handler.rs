//! Gives a user a role: the custom claim `role` of their next ID token. Only administrators may call it; the first one
//! gets the claim by hand, in Google's console or with its command line.

use std::future::Future;

use firebase_callable_google::{AccountChange, Accounts, CustomClaimsError};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError, has_claim_value};

#[derive(Deserialize)]
struct Change {
    uid: String,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Reader,
    Editor,
    Admin,
}

/// Where roles are stored: Firebase's accounts in production, a list in tests.
pub(crate) trait Roles: Clone + Send + Sync + 'static {
    fn set(
        &self,
        uid: &str,
        role: Role,
    ) -> impl Future<Output = Result<AccountChange, CustomClaimsError>> + Send;
}

impl Roles for Accounts {
    async fn set(&self, uid: &str, role: Role) -> Result<AccountChange, CustomClaimsError> {
        let role = match role {
            Role::Reader => "reader",
            Role::Editor => "editor",
            Role::Admin => "admin",
        };
        self.change_custom_claims(uid, |claims| {
            claims.insert("role".to_owned(), role.into());
        })
        .await
    }
}

async fn set_role(roles: impl Roles, request: CallableRequest<Change>) -> Result<(), HttpsError> {
    let Change { uid, role } = &request.data;
    let changed = roles.set(uid, *role).await;
    match changed.or_error(ErrorCode::Unavailable, "Roles cannot be changed now")? {
        AccountChange::NoSuchUser => Err(HttpsError::not_found("There is no such user")),
        _ => Ok(()),
    }
}

pub(crate) fn callable(roles: impl Roles) -> Callable {
    Callable::with(roles, set_role).auth_policy(has_claim_value("role", "admin"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use shared::testing::{Answer, Call};

    use super::*;

    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<Vec<(String, Role)>>>);

    impl Roles for Fake {
        async fn set(&self, uid: &str, role: Role) -> Result<AccountChange, CustomClaimsError> {
            if uid == "nobody" {
                return Ok(AccountChange::NoSuchUser);
            }
            self.0.lock().unwrap().push((uid.to_owned(), role));
            Ok(AccountChange::Made)
        }
    }

    async fn change(roles: &Fake, caller: &str, uid: &str, role: &str) -> Answer {
        let call = Call::with(json!({"uid": uid, "role": role})).signed_in("ada");
        call.claim("role", caller).to(callable(roles.clone())).await
    }

    #[tokio::test]
    async fn an_administrator_gives_a_role() {
        let roles = Fake::default();
        assert_eq!(change(&roles, "admin", "bob", "editor").await.status, 200);
        assert_eq!(*roles.0.lock().unwrap(), [("bob".to_owned(), Role::Editor)]);
    }

    #[tokio::test]
    async fn others_and_unknown_roles_and_users_are_refused() {
        let roles = Fake::default();
        for (caller, uid, role, status) in [
            ("editor", "bob", "admin", "PERMISSION_DENIED"),
            ("admin", "bob", "king", "INVALID_ARGUMENT"),
            ("admin", "nobody", "editor", "NOT_FOUND"),
        ] {
            let answer = change(&roles, caller, uid, role).await;
            assert_eq!(answer.error()["status"], status);
        }
        assert!(roles.0.lock().unwrap().is_empty());
    }
}
