//! What a handler has: a secret whose current text it can read.

use std::sync::Arc;

use serde_json::{Map, Value};
use shared::{clock::SystemClock, fetched::FetchedValue};
use tracing::error;

use super::{
    cached::{FETCH_POLICY, Stored, Variables, read_error},
    error::{Problem, SecretError, Store},
    local::LocalSecret,
    text::SecretText,
};

/// A secret. Clones share it.
///
/// ```no_run
/// use firebase_callable_aws::Secret;
/// use shared::HttpsError;
///
/// async fn pay(key: &Secret) -> Result<(), HttpsError> {
///     let key = key.get().await.map_err(|error| HttpsError::new(error.code(), "the payment key cannot be read"))?;
///     let authorization = format!("Bearer {}", key.expose());
///     # drop(authorization);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Secret {
    pub(super) variable: Arc<str>,
    pub(super) store: Store,
    pub(super) stored: FetchedValue<Stored>,
    pub(super) member: Option<Arc<str>>,
}

impl Secret {
    /// A secret with this text, for tests of what uses it.
    ///
    /// ```
    /// use firebase_callable_aws::Secret;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let key = Secret::from_text("sk_test_1");
    /// assert_eq!(key.get().await.unwrap().expose(), "sk_test_1");
    /// # });
    /// ```
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let source = LocalSecret(Ok(SecretText::new(text.to_owned())));
        let stored = Stored::new(Box::new(source), Variables::default());
        let stored = FetchedValue::new(stored, FETCH_POLICY, Arc::new(SystemClock::new()));
        Self { variable: "a test".into(), store: Store::File, stored, member: None }
    }

    /// The current text: from the cache, if it was read in the last five minutes.
    ///
    /// # Errors
    /// It cannot be read, and the last version that was read is more than an hour old, or there is none.
    pub async fn get(&self) -> Result<SecretText, SecretError> {
        self.current().await.map_err(|problem| self.error(problem))
    }

    /// Reads the secret now, so that the first call finds it in the cache, and a problem with it is logged at the
    /// start.
    pub(crate) async fn prefetch(&self) {
        self.stored.prefetch().await;
        match self.current().await {
            Err(Problem::Read(_)) | Ok(_) => {} // the former is logged already
            Err(problem) => error!("{}", self.error(problem)),
        }
    }

    /// Whether it is a line of the file of local secrets.
    pub(crate) fn is_local(&self) -> bool {
        self.store == Store::File
    }

    async fn current(&self) -> Result<SecretText, Problem> {
        let stored = self.stored.get().await;
        let stored = stored.map_err(|failure| Problem::Read(read_error(&failure, self.store)))?;
        let text = &stored.value().text;
        match &self.member {
            None => Ok(text.clone()),
            Some(member) => string_member(text.expose(), member),
        }
    }

    fn error(&self, problem: Problem) -> SecretError {
        SecretError { variable: Arc::clone(&self.variable), problem }
    }
}

/// The string `name` of the JSON object `text`.
fn string_member(text: &str, name: &Arc<str>) -> Result<SecretText, Problem> {
    let mut members: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| Problem::NotJson)?;
    match members.remove(&**name) {
        Some(Value::String(text)) => Ok(SecretText::new(text)),
        Some(_) => Err(Problem::NotText(Arc::clone(name))),
        None => Err(Problem::NoMember(Arc::clone(name))),
    }
}
