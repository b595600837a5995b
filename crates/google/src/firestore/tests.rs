//! Firestore is replaced by a server on this machine. Each operation's request is compared byte for byte, and every
//! kind of bad answer is tried.

#[cfg(feature = "firestore")]
mod as_service_account;
mod commit;
mod errors;
mod hostile;
mod operations;
mod paths;
mod query;
mod values;

use bytes::Bytes as Body;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use shared::{
    AuthData, Callable, CallableRequest, ErrorCode, HttpsError,
    testing::{Call, MockServer, NOW, PROJECT, Reply, TestKeys},
};

use super::{value::Value, *};

const ROOT: &str = "projects/test-project/databases/(default)/documents";
const TIME: &str = "2026-01-31T12:00:00.123456Z";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
    likes: i64,
}

fn note() -> Note {
    Note { text: "hé\"🦀".to_owned(), likes: i64::MAX }
}

fn fields() -> Json {
    json!({ "text": {"stringValue": "hé\"🦀"}, "likes": {"integerValue": "9223372036854775807"} })
}

fn document(path: &str, fields: &Json) -> Json {
    json!({ "name": format!("{ROOT}/{path}"), "fields": fields, "createTime": TIME, "updateTime": TIME })
}

fn notes() -> CollectionPath {
    CollectionPath::new("notes").unwrap()
}

fn n1() -> DocumentPath {
    notes().document("n1").unwrap()
}

/// A server with one answer, and the requests of a verified caller to it.
async fn answering(status: u16, body: Json) -> (MockServer, AsCaller) {
    serving(move |_| (status, body.clone())).await
}

async fn serving(
    answer: impl Fn(&Request<Body>) -> Reply + Send + Sync + 'static,
) -> (MockServer, AsCaller) {
    let server = MockServer::start(answer).await;
    let caller = Firestore::at(server.url.clone(), PROJECT).as_caller(&ada().await);
    (server, caller)
}

fn raw_token() -> String {
    TestKeys::shared().id_token(PROJECT, "ada", NOW).sign()
}

/// A verified caller, out of a handler: nothing else can make one.
async fn ada() -> AuthData {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |request: CallableRequest<()>| {
        let sender = sender.clone();
        async move {
            let auth = request.require_auth()?.clone();
            sender.send(auth).map_err(|_| HttpsError::internal("nobody waits"))
        }
    };
    Call::with(()).signed_in("ada").to(Callable::new(handler)).await;
    receiver.recv().await.unwrap()
}

/// Method, path and body of a request.
fn sent(request: &Request<Body>) -> (String, String) {
    let line = format!("{} {}", request.method(), request.uri());
    (line, String::from_utf8(request.body().to_vec()).unwrap())
}

/// The only request that a server has received: its line without the root of all documents, and its body.
fn only(server: &MockServer) -> (String, String) {
    let [request] = server.requests().try_into().unwrap();
    let (line, body) = sent(&request);
    let (method, url) = line.split_once(' ').unwrap();
    let path = url.strip_prefix(&format!("/v1/{ROOT}")).unwrap_or_else(|| panic!("{url}"));
    (format!("{method} {path}"), body)
}
