//! For tests: the JSON of a service account, with a key generated at run time.

use serde_json::{Value, json};
use shared::testing::TestKeys;

/// Test keys in the form in which Google Cloud issues keys.
pub trait GoogleTestKeys {
    /// The private key as the JSON file of a service account in `project`, whose access tokens come
    /// from `token_uri`.
    ///
    /// ```
    /// use firebase_callable_google::{ServiceAccountKey, testing::GoogleTestKeys};
    /// use shared::testing::TestKeys;
    ///
    /// let file = TestKeys::shared().service_account("my-app", "https://oauth2.googleapis.com/token");
    /// assert!(ServiceAccountKey::from_json(&file.to_string()).is_ok());
    /// ```
    fn service_account(&self, project: &str, token_uri: &str) -> Value;
}

impl GoogleTestKeys for TestKeys {
    fn service_account(&self, project: &str, token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": self.kid(),
            "private_key": self.private_key_pem(),
            "client_email": format!("callables@{project}.iam.gserviceaccount.com"),
            "token_uri": token_uri,
        })
    }
}
