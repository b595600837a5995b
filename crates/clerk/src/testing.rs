//! For tests: Clerk session tokens that are signed with test keys, and verified like real ones.
//!
//! ```
//! use firebase_callable_clerk::{ClerkRules, testing::ClerkTestKeys};
//! use shared::{testing::{NOW, TestKeys}, token::inspect};
//!
//! let (issuer, party) = ("https://clerk.example.com", "https://app.example.com");
//! let token = TestKeys::shared().clerk_session(issuer, party, "user_ada", NOW).sign();
//! assert!(inspect(&ClerkRules::new(issuer, [party]), &token, NOW).is_ok());
//! ```

use serde_json::json;
use shared::testing::{TestKeys, TokenBuilder};

/// Creates Clerk session tokens, signed with the keys of the test kit.
pub trait ClerkTestKeys {
    /// A Clerk session token of `user` in the app at `party`, issued at `now` (seconds since 1970).
    fn clerk_session(&self, issuer: &str, party: &str, user: &str, now: i64) -> TokenBuilder;
}

impl ClerkTestKeys for TestKeys {
    fn clerk_session(&self, issuer: &str, party: &str, user: &str, now: i64) -> TokenBuilder {
        let header = json!({
            "alg": "RS256", "kid": self.kid(), "typ": "JWT", "cat": "cl_B7d4PD111AAA", "oiat": now,
        });
        let claims = json!({
            "iss": issuer, "azp": party, "sub": user, "sid": "sess_1", "sts": "active",
            "iat": now, "nbf": now - 10, "exp": now + 60, "fva": [0, -1],
        });
        self.token(header, claims)
    }
}
