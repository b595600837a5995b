//! Exchanges a Clerk session for a Firebase custom token. The token signs in the Firebase user who has the id of the
//! Clerk user.

use firebase_callable_clerk::{ClerkClaim, ClerkSessions};
use firebase_callable_google::{CustomToken, CustomTokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    Callable, CallableRequest, HttpsError,
    callable::{rejection, unavailable},
};

/// The values of the session that become claims of the Firebase user, such as `ClerkClaim::OrganizationRole`. By
/// default none.
const CLAIMS: &[ClerkClaim] = &[];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    /// What Clerk's `getToken()` yields.
    clerk_token: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// For `signInWithCustomToken`.
    token: String,
    /// In seconds.
    expires_in: u64,
}

#[derive(Clone)]
pub(crate) struct Exchange {
    sessions: ClerkSessions,
    tokens: CustomTokens,
    claims: &'static [ClerkClaim],
}

impl Exchange {
    pub(crate) fn new(sessions: ClerkSessions, tokens: CustomTokens) -> Self {
        Self { sessions, tokens, claims: CLAIMS }
    }

    /// Exchanges a token of a Clerk session for a custom token of the Firebase user with the same id.
    async fn exchange(self, request: CallableRequest<Input>) -> Result<Output, HttpsError> {
        let session = self.sessions.verify(&request.data.clerk_token).await.map_err(rejection)?;
        let claims = ClerkClaim::of(&session, self.claims).map_err(rejection)?;
        let token = CustomToken::new(session.user_id())?.claims(claims)?;
        let expires_in = token.expires_in();
        let token = self.tokens.sign(&token).await.map_err(unavailable)?;
        Ok(Output { token, expires_in })
    }
}

/// Ignores the caller's ID token: the caller does not have one yet, or the SDK has attached one of an earlier session.
/// The answers are credentials, so caches must not store them, and the allowed origins must be listed.
pub(crate) fn callable(exchange: Exchange) -> Callable {
    Callable::typed_with(exchange, Exchange::exchange)
        .ignore_id_token(true)
        .no_store(true)
        .require_allowed_origins(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use firebase_callable_clerk::{ClerkRules, testing::ClerkTestKeys};
    use firebase_callable_google::{ServiceAccountKey, testing::GoogleTestKeys};
    use serde_json::{Value, json};
    use shared::{
        keys::Keys,
        testing::{Call, FixedClock, NOW, PROJECT, TestKeys},
        token::PublicKey,
    };

    use super::*;

    const ISSUER: &str = "https://clerk.example.com";
    const PARTY: &str = "https://app.example.com";

    fn exchange() -> Exchange {
        let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
        let key = PublicKey::from_pem(&TestKeys::shared().public_key_pem()).unwrap();
        let rules = ClerkRules::new(ISSUER, [PARTY]);
        let sessions = ClerkSessions::new(rules, Keys::Fixed(key), clock.clone());
        let account = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
        let account = ServiceAccountKey::from_json(&account.to_string()).unwrap();
        Exchange::new(sessions, CustomTokens::new(Arc::new(account), clock))
    }

    fn session() -> shared::testing::TokenBuilder {
        TestKeys::shared().clerk_session(ISSUER, PARTY, "user_ada", NOW)
    }

    fn claims_of(token: &Value) -> Value {
        let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_clerk_session_becomes_a_custom_token_of_the_same_user() {
        let data = json!({"clerkToken": session().sign()});
        let answer = Call::with(data).to(callable(exchange())).await;
        let result = answer.result();
        assert_eq!(result["expiresIn"], 60);
        let email = "callables@test-project.iam.gserviceaccount.com";
        assert_eq!(
            claims_of(&result["token"]),
            json!({
                "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
                "iat": NOW, "exp": NOW + 60, "iss": email, "sub": email, "uid": "user_ada",
            })
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }

    #[tokio::test]
    async fn only_listed_claims_are_copied() {
        let all = &[
            ClerkClaim::OrganizationId,
            ClerkClaim::OrganizationSlug,
            ClerkClaim::OrganizationRole,
            ClerkClaim::SessionId,
        ];
        let member = session()
            .claim("v", 2)
            .claim("o", json!({"id": "org_1", "slg": "acme", "rol": "admin"}))
            .claim("metadata", json!({"admin": true}));
        let call = || Call::with(json!({"clerkToken": member.sign()}));
        let copied = Exchange { claims: all, ..exchange() };
        let answer = call().to(callable(copied)).await;
        assert_eq!(
            claims_of(&answer.result()["token"])["claims"],
            json!({"org_id": "org_1", "org_slug": "acme", "org_role": "org:admin", "clerk_sid": "sess_1"})
        );
        let answer = call().to(callable(exchange())).await;
        assert_eq!(claims_of(&answer.result()["token"])["claims"], json!(null));
    }

    #[tokio::test]
    async fn an_organization_is_read_only_if_a_claim_needs_it() {
        let odd = session().claim("v", 2).claim("o", json!({"id": 5, "fpm": "9".repeat(5000)}));
        for (claims, status) in [
            (&[][..], 200),
            (&[ClerkClaim::SessionId], 200),
            (&[ClerkClaim::OrganizationRole], 401),
            (&[ClerkClaim::SessionId, ClerkClaim::OrganizationId], 401),
        ] {
            let call = Call::with(json!({"clerkToken": odd.sign()}));
            let answer = call.to(callable(Exchange { claims, ..exchange() })).await;
            assert_eq!(answer.status, status, "{claims:?}");
        }
    }

    #[tokio::test]
    async fn all_refused_tokens_get_the_same_answer() {
        let expired = TestKeys::shared().clerk_session(ISSUER, PARTY, "user_ada", NOW - 120).sign();
        let foreign = session().claim("iss", "https://clerk.other.example").sign();
        let firebase = TestKeys::shared().id_token(PROJECT, "ada", NOW).sign();
        for token in ["", "x", &expired, &foreign, &firebase] {
            let answer = Call::with(json!({"clerkToken": token})).to(callable(exchange())).await;
            let error = json!({"message": "Unauthenticated", "status": "UNAUTHENTICATED"});
            assert_eq!((answer.status.as_u16(), answer.error()), (401, error), "{token}");
        }
    }

    #[tokio::test]
    async fn an_expired_or_forged_id_token_does_not_prevent_the_exchange() {
        let old = TestKeys::shared().id_token(PROJECT, "ada", NOW - 7200).sign();
        for token in [&old, "forged"] {
            let call = Call::with(json!({"clerkToken": session().sign()})).bearer(token);
            assert_eq!(call.to(callable(exchange())).await.status, 200);
        }
    }
}
