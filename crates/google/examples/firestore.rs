//! Three callables in one program, for tests with a Firestore emulator: `data` says which document to store or to read,
//! or how many likes the documents to be found must have. It uses only the methods that the emulator has.
#![allow(missing_docs, reason = "a program for tests")]

use std::process::ExitCode;

use firebase_callable_google::{Google, firestore::AsServiceAccount};
use firestore::path;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, EmulatorProjects, HttpsError};

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
    likes: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Wish {
    Put { id: String, note: Note },
    Get { id: String },
    Likes { at_least: i64 },
}

async fn notes(
    firestore: AsServiceAccount,
    request: CallableRequest<Wish>,
) -> Result<Vec<Note>, HttpsError> {
    let db = firestore.db().await.map_err(shared::callable::unavailable)?;
    match request.data {
        Wish::Put { id, note } => {
            let mut transaction = db.begin_transaction().await?;
            let put = db.fluent().update().in_col("notes").document_id(&id).object(&note);
            put.add_to_transaction(&mut transaction)?;
            transaction.commit().await?;
            Ok(vec![note])
        }
        Wish::Get { id } => {
            let notes = db.fluent().select().by_id_in("notes").obj::<Note>().batch([id]).await?;
            Ok(notes.filter_map(async |(_, note)| note).collect().await)
        }
        Wish::Likes { at_least } => {
            let liked = db
                .fluent()
                .select()
                .from("notes")
                .filter(|q| q.field(path!(Note::likes)).greater_than_or_equal(at_least));
            Ok(liked.obj().query().await?)
        }
    }
}

fn main() -> ExitCode {
    shared::run_with(async |setup| {
        setup.accept_auth_emulator(EmulatorProjects::DemoOnly)?;
        let firestore = Google::from_setup(setup)?.firestore();
        Ok(Callable::new(move |request| notes(firestore.clone(), request)))
    })
}
