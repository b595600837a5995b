//! Stores a note of the caller. The app makes a `requestId` for each note that its user writes, and sends it again when
//! it repeats the call: the note is stored once.

use std::time::{SystemTime, UNIX_EPOCH};

use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
use garde::Validate;
use notes::{Note, Notes};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError, data_path_camel_case};

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct NewNote {
    #[garde(length(min = 16, max = 64))]
    request_id: String,
    #[garde(length(chars, min = 1, max = 100))]
    title: String,
    #[garde(length(chars, max = 10_000))]
    text: String,
    #[serde(default)]
    #[garde(length(max = 10), inner(length(chars, min = 1, max = 30)))]
    tags: Vec<String>,
}

#[derive(Serialize)]
struct Created {
    id: String,
}

async fn create_note(
    notes: impl Notes,
    request: CallableRequest<NewNote>,
) -> Result<Created, HttpsError> {
    let owner = request.require_auth()?.uid().to_owned();
    if let Err(report) = request.data.validate() {
        let wrong =
            report.iter().map(|(path, error)| (data_path_camel_case(path), error.message()));
        return Err(HttpsError::invalid_fields(wrong));
    }
    let NewNote { request_id, title, text, tags } = request.data;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).or_internal()?;
    let id = format!("{:013}-{request_id}", since_1970.as_millis());
    let note = Note { owner, id: id.clone(), title, text, tags };
    notes.add(note).await.or_error(ErrorCode::Unavailable, "Notes cannot be stored now")?;
    Ok(Created { id })
}

pub(crate) fn callable(notes: impl Notes, guards: &Guards) -> Callable {
    let key = |note: &NewNote| Some(note.request_id.clone());
    Callable::with(notes, create_note)
        .guard(guards.once(key, IfUnreachable::Refuse))
        .guard(guards.limit(per_user(30, MINUTE), IfUnreachable::Allow))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use notes::Memory;
    use serde_json::{Value, json};
    use shared::{clock::SystemClock, testing::Call};

    use super::*;

    fn note(request_id: &str) -> Value {
        json!({"requestId": request_id, "title": "Shopping", "text": "milk", "tags": ["home"]})
    }

    fn guards() -> Guards {
        Guards::in_memory(Arc::new(SystemClock::new()))
    }

    #[tokio::test]
    async fn a_repeated_call_stores_one_note_and_gets_the_same_answer() {
        let (notes, guards) = (Memory::default(), guards());
        let call = || Call::with(note("0123456789abcdef")).signed_in("ada");
        let first = call().to(callable(notes.clone(), &guards)).await;
        let second = call().to(callable(notes.clone(), &guards)).await;
        assert_eq!(first.result(), second.result());
        let stored = notes.page("ada", None, 10).await.unwrap();
        assert_eq!((stored.len(), stored[0].text.as_str()), (1, "milk"));
    }

    #[tokio::test]
    async fn every_wrong_field_is_named_as_the_app_wrote_it() {
        let data = json!({"requestId": "short", "title": "", "text": "", "tags": ["", "ok"]});
        let call = Call::with(&data).signed_in("ada");
        let answer = call.to(callable(Memory::default(), &guards())).await;
        let fields = answer.invalid_fields(&data);
        let mut named: Vec<_> =
            fields.iter().map(|field| field.split(": ").next().unwrap()).collect();
        named.sort_unstable();
        assert_eq!(named, ["data.requestId", "data.tags[0]", "data.title"]);
    }

    #[tokio::test]
    async fn more_than_thirty_notes_a_minute_are_refused() {
        let (notes, guards) = (Memory::default(), guards());
        for number in 0..31 {
            let call = Call::with(note(&format!("request-{number:016}"))).signed_in("ada");
            let answer = call.to(callable(notes.clone(), &guards)).await;
            assert_eq!(answer.status, if number < 30 { 200 } else { 429 });
        }
    }

    #[tokio::test]
    async fn callers_who_are_signed_out_are_refused() {
        let call = Call::with(note("0123456789abcdef"));
        let answer = call.to(callable(Memory::default(), &guards())).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
