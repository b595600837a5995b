//! Stores a text of the caller, and returns what is stored: put what your callable does here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

use crate::table::Texts;

#[derive(Deserialize, JsonSchema)]
struct Input {
    id: String,
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    text: String,
}

/// Stores a text of the caller, and returns what is stored.
async fn {{ handler }}(
    texts: impl Texts,
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    let owner = request.require_auth()?.uid();
    let Input { id, text } = &request.data;
    if id.is_empty() || text.is_empty() {
        return Err(HttpsError::invalid_argument("id or text is empty"));
    }
    let late = "The text cannot be stored now";
    texts.put(owner, id, text).await.or_error(ErrorCode::Unavailable, late)?;
    let stored = texts.get(owner, id).await.or_error(ErrorCode::Unavailable, late)?;
    Ok(Output { text: stored.or_error(ErrorCode::NotFound, "The text is gone")? })
}

pub(crate) fn callable(texts: impl Texts) -> Callable {
    Callable::typed_with(texts, {{ handler }})
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        sync::{Arc, Mutex},
    };

    use firebase_callable_aws::AwsError;
    use serde_json::json;
    use shared::testing::Call;

    use super::*;

    /// Takes the place of the table.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<HashMap<(String, String), String>>>);

    impl Texts for Fake {
        async fn put(&self, owner: &str, id: &str, text: &str) -> Result<(), AwsError> {
            self.0.lock().unwrap().insert((owner.to_owned(), id.to_owned()), text.to_owned());
            Ok(())
        }

        async fn get(&self, owner: &str, id: &str) -> Result<Option<String>, AwsError> {
            Ok(self.0.lock().unwrap().get(&(owner.to_owned(), id.to_owned())).cloned())
        }
    }

    #[tokio::test]
    async fn stores_a_text_of_the_caller() {
        let texts = Fake::default();
        let call = Call::with(json!({"id": "1", "text": "milk"})).signed_in("ada");
        let answer = call.to(callable(texts.clone())).await;
        assert_eq!(answer.result(), json!({"text": "milk"}));
        assert_eq!(texts.get("ada", "1").await, Ok(Some("milk".to_owned())));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let call = Call::with(json!({"id": "1", "text": "milk"}));
        let answer = call.to(callable(Fake::default())).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
