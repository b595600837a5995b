//! The caller's notes, the latest first, page by page. A page token is a position and not a permission: whose notes are
//! read is always the caller of this call.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use notes::{Note, Notes};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

const PAGE: u8 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    notes: Vec<Note>,
    /// `null` on the last page.
    next_page_token: Option<String>,
}

async fn list_notes(
    notes: impl Notes,
    request: CallableRequest<Wanted>,
) -> Result<Page, HttpsError> {
    let owner = request.require_auth()?.uid();
    let before = request.data.page_token.as_deref().map(id_in).transpose()?;
    let page = notes.page(owner, before.as_deref(), PAGE).await;
    let page = page.or_error(ErrorCode::Unavailable, "Notes cannot be read now")?;
    let is_full = page.len() == usize::from(PAGE);
    let last = page.last().filter(|_| is_full);
    let next_page_token = last.map(|note| URL_SAFE_NO_PAD.encode(&note.id));
    Ok(Page { notes: page, next_page_token })
}

/// The id of the last note of the page before.
fn id_in(token: &str) -> Result<String, HttpsError> {
    let id = URL_SAFE_NO_PAD.decode(token).ok().and_then(|id| String::from_utf8(id).ok());
    id.filter(|id| (1..=100).contains(&id.len()))
        .ok_or_else(|| HttpsError::invalid_fields([("data.pageToken", "is not a page token")]))
}

pub(crate) fn callable(notes: impl Notes) -> Callable {
    Callable::with(notes, list_notes)
}

#[cfg(test)]
mod tests {
    use notes::Memory;
    use serde_json::{Value, json};
    use shared::testing::Call;

    use super::*;

    async fn notes_of(owners: &[(&str, u32)]) -> Memory {
        let notes = Memory::default();
        for (owner, count) in owners {
            for number in 0..*count {
                let note = Note {
                    owner: (*owner).to_owned(),
                    id: format!("{number:013}-a"),
                    title: format!("{owner} {number}"),
                    text: String::new(),
                    tags: Vec::new(),
                };
                notes.add(note).await.unwrap();
            }
        }
        notes
    }

    async fn page(notes: &Memory, user: &str, token: Value) -> Value {
        let call = Call::with(json!({"pageToken": token})).signed_in(user);
        call.to(callable(notes.clone())).await.result()
    }

    #[tokio::test]
    async fn pages_follow_each_other_until_the_last() {
        let notes = notes_of(&[("ada", 45), ("bob", 5)]).await;
        let mut token = Value::Null;
        let mut titles = Vec::new();
        for expected in [20, 20, 5] {
            let page = page(&notes, "ada", token).await;
            let on_page = page["notes"].as_array().unwrap();
            assert_eq!(on_page.len(), expected);
            titles.extend(on_page.iter().map(|note| note["title"].as_str().unwrap().to_owned()));
            token = page["nextPageToken"].clone();
        }
        assert_eq!(
            (token, titles[0].as_str(), titles[44].as_str()),
            (Value::Null, "ada 44", "ada 0")
        );
    }

    #[tokio::test]
    async fn the_token_of_another_user_shows_only_ones_own_notes() {
        let notes = notes_of(&[("ada", 45), ("bob", 5)]).await;
        let of_ada = page(&notes, "ada", Value::Null).await["nextPageToken"].clone();
        let page = page(&notes, "bob", of_ada).await;
        let owners = page["notes"].as_array().unwrap().iter().map(|note| note["owner"].clone());
        assert_eq!(owners.collect::<Vec<_>>(), ["bob"; 5]);
    }

    #[tokio::test]
    async fn a_token_that_is_none_is_refused() {
        for token in ["*", "", "AA=="] {
            let call = Call::with(json!({"pageToken": token})).signed_in("ada");
            let answer = call.to(callable(Memory::default())).await;
            assert_eq!(answer.error()["details"]["field"], "data.pageToken", "{token:?}");
        }
    }
}
