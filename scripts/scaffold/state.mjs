// Functions with state, by what they use: `make new NAME=… WITH=dynamodb`. Each kind has its dependencies, its sources
// and its part of template.yaml.

/** The kinds, and what each is for. */
export const KINDS_OF_STATE = ['nothing', 'dynamodb', 'firestore', 'http'];

/** The names that a function's state has: variables such as CREATE_NOTE_TABLE, and the resource CreateNoteTable. */
export function stateNamesOf({ folder, logicalId }) {
  const prefix = folder.toUpperCase().replaceAll('-', '_');
  return {
    table: `${prefix}_TABLE`, url: `${prefix}_URL`, key: `${prefix}_KEY_SECRET`, secret: `${folder}/key`,
    tableId: logicalId.replace(/Function$/, 'Table'),
  };
}

const main = (name, opens, modules) => `//! \`${name}\`: one callable, one binary.

${modules.map((module) => `mod ${module};\n`).join('')}
fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
${opens}
        #[cfg(feature = "emulator")]
        let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
        Ok(callable)
    })
}
`;

const dynamodb = {
  dependencies: ['aws-sdk-dynamodb', 'firebase-callable-aws', 'serde', 'shared'],
  sources: ({ name, handler }, { table }) => ({
    'src/main.rs': main(name, '        let callable = handler::callable(table::Table::open(setup).await?);', ['handler', 'table']),
    'src/handler.rs': `//! Stores a text of the caller, and returns what is stored: put what your callable does here.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

use crate::table::Texts;

#[derive(Deserialize)]
struct Input {
    id: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Output {
    text: String,
}

async fn ${handler}(
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
    Callable::with(texts, ${handler})
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
`,
    'src/table.rs': `//! Texts in DynamoDB. The key of an item is its owner and its id.

use std::future::Future;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use firebase_callable_aws::{AwsError, AwsSetup};
use shared::host::{Setup, StartError};

/// What the handler needs of a database: [\`Table\`] in production, a fake in tests.
pub(crate) trait Texts: Clone + Send + Sync + 'static {
    fn put(
        &self,
        owner: &str,
        id: &str,
        text: &str,
    ) -> impl Future<Output = Result<(), AwsError>> + Send;

    fn get(
        &self,
        owner: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<String>, AwsError>> + Send;
}

#[derive(Clone)]
pub(crate) struct Table {
    dynamodb: Client,
    name: String,
}

impl Table {
    /// The table that \`${table}\` names.
    pub(crate) async fn open(setup: &Setup) -> Result<Self, StartError> {
        let name = setup.variable("${table}").required("the name of the table")?;
        Ok(Self { dynamodb: Client::new(&setup.aws().await), name })
    }
}

impl Texts for Table {
    async fn put(&self, owner: &str, id: &str, text: &str) -> Result<(), AwsError> {
        let put = self.dynamodb.put_item().table_name(&self.name);
        let put = put.item("owner", value(owner)).item("id", value(id)).item("text", value(text));
        put.send().await?;
        Ok(())
    }

    async fn get(&self, owner: &str, id: &str) -> Result<Option<String>, AwsError> {
        let get = self.dynamodb.get_item().table_name(&self.name).consistent_read(true);
        let item = get.key("owner", value(owner)).key("id", value(id)).send().await?.item;
        Ok(item.as_ref().and_then(|item| item.get("text")?.as_s().ok().cloned()))
    }
}

fn value(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
`,
  }),
  variables: ({ table, tableId }) => [[table, `!Ref ${tableId}`]],
  statement: ({ tableId }) => ['[dynamodb:GetItem, dynamodb:PutItem]', `!GetAtt ${tableId}.Arn`],
  resources: ({ tableId }) => `  # A deployed table stays in the account, also when this resource is removed.
  ${tableId}:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: owner, AttributeType: S }, { AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: owner, KeyType: HASH }, { AttributeName: id, KeyType: RANGE }]
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }

`,
};

const firestore = {
  dependencies: ['firebase-callable-google', 'serde', 'shared'],
  features: ['firebase-callable-google/emulator', 'shared/emulator'],
  sources: ({ name, handler }) => ({
    'src/main.rs': `//! \`${name}\`: one callable, one binary.

mod handler;

use firebase_callable_google::firestore::Firestore;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        Ok(handler::callable(Firestore::from_setup(setup)?))
    })
}
`,
    'src/handler.rs': `//! Reads a document of Firestore as the caller, whom the Security Rules admit or refuse: put what your callable does here.

use firebase_callable_google::firestore::{CollectionPath, Firestore};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

#[derive(Deserialize)]
struct Input {
    id: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    text: String,
}

async fn ${handler}(
    firestore: Firestore,
    request: CallableRequest<Input>,
) -> Result<Note, HttpsError> {
    let caller = request.require_auth()?;
    let path = CollectionPath::new("notes")?.document(&request.data.id)?;
    let note = firestore.as_caller(caller).get::<Note>(&path).await?;
    Ok(note.or_error(ErrorCode::NotFound, "There is no such note")?.data)
}

pub(crate) fn callable(firestore: Firestore) -> Callable {
    Callable::with(firestore, ${handler})
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::testing::{Answer, Call, MockServer, PROJECT};

    use super::*;

    /// Calls the function; a server takes the place of Firestore, and answers with this.
    async fn read(status: u16, reply: Value) -> Answer {
        let server = MockServer::start(move |_| (status, reply.clone())).await;
        let firestore = Firestore::at(server.url.clone(), PROJECT);
        Call::with(json!({"id": "n1"})).signed_in("ada").to(callable(firestore)).await
    }

    #[tokio::test]
    async fn reads_a_note() {
        let note = json!({
            "name": format!("projects/{PROJECT}/databases/(default)/documents/notes/n1"),
            "fields": {"text": {"stringValue": "milk"}},
            "createTime": "2026-01-01T00:00:00Z",
            "updateTime": "2026-01-01T00:00:00Z",
        });
        assert_eq!(read(200, note).await.result(), json!({"text": "milk"}));
    }

    #[tokio::test]
    async fn the_rules_may_refuse() {
        let refusal = json!({"error": {"code": 403, "status": "PERMISSION_DENIED"}});
        assert_eq!(read(403, refusal).await.error()["status"], "PERMISSION_DENIED");
    }
}
`,
  }),
  variables: () => [],
  resources: () => '',
};

const http = {
  dependencies: ['firebase-callable-aws', 'reqwest', 'serde', 'serde_json', 'shared'],
  sources: ({ name, handler }, { url, key }) => ({
    'src/main.rs': main(name, '        let callable = handler::callable(service::Remote::open(setup)?);', ['handler', 'service']),
    'src/handler.rs': `//! Asks another service, with a key: put what your callable does here.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError};

use crate::service::Service;

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Debug, Serialize)]
struct Output {
    text: String,
}

async fn ${handler}(
    service: impl Service,
    request: CallableRequest<Input>,
) -> Result<Output, HttpsError> {
    request.require_auth()?;
    let answer = service.ask(&request.data.text, &request.invocation).await;
    Ok(Output { text: answer.or_error(ErrorCode::Unavailable, "The service does not answer")? })
}

pub(crate) fn callable(service: impl Service) -> Callable {
    Callable::with(service, ${handler})
}

#[cfg(test)]
mod tests {
    use firebase_callable_aws::Secret;
    use serde_json::json;
    use shared::testing::{Call, MockServer};

    use super::*;
    use crate::service::Remote;

    #[tokio::test]
    async fn sends_the_text_with_the_key_and_returns_the_answer() {
        let server = MockServer::start(|_| (200, json!({"text": "hello"}))).await;
        let url = server.url.uri().to_string();
        let remote = Remote::at(&url, Secret::from_text("sk_test_1")).unwrap();
        let call = Call::with(json!({"text": "hi"})).signed_in("ada");
        assert_eq!(call.to(callable(remote)).await.result(), json!({"text": "hello"}));
        let requests = server.requests();
        assert_eq!(requests[0].headers()["authorization"], "Bearer sk_test_1");
        assert_eq!(requests[0].body(), r#"{"text":"hi"}"#);
    }

    #[tokio::test]
    async fn a_service_that_fails_is_unavailable() {
        let server = MockServer::start(|_| (500, json!({}))).await;
        let url = server.url.uri().to_string();
        let remote = Remote::at(&url, Secret::from_text("sk_test_1")).unwrap();
        let call = Call::with(json!({"text": "hi"})).signed_in("ada");
        assert_eq!(call.to(callable(remote)).await.error()["status"], "UNAVAILABLE");
    }
}
`,
    'src/service.rs': `//! The other service.

use std::{
    error::Error,
    future::Future,
    time::{Duration, SystemTime},
};

use firebase_callable_aws::{AwsSetup, Secret};
use serde::Deserialize;
use serde_json::json;
use shared::{
    Invocation,
    host::{Setup, StartError},
};

type Failure = Box<dyn Error + Send + Sync>;

/// What the handler needs of the service.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    fn ask(
        &self,
        text: &str,
        call: &Invocation,
    ) -> impl Future<Output = Result<String, Failure>> + Send;
}

#[derive(Clone)]
pub(crate) struct Remote {
    http: reqwest::Client,
    url: reqwest::Url,
    key: Secret,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl Remote {
    /// The service at \`${url}\`, with the key in the secret that \`${key}\` names.
    pub(crate) fn open(setup: &Setup) -> Result<Self, Failure> {
        let (url, key): (String, Secret) = StartError::all((
            setup.variable("${url}").required("the address of the service"),
            setup.secret("${key}"),
        ))?;
        Self::at(&url, key)
    }

    pub(crate) fn at(url: &str, key: Secret) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(shared::net::tls_config())
            .connect_timeout(Duration::from_secs(1))
            .build()?;
        Ok(Self { http, url: url.parse()?, key })
    }
}

impl Service for Remote {
    async fn ask(&self, text: &str, call: &Invocation) -> Result<String, Failure> {
        let key = self.key.get().await?;
        let request = self.http.post(self.url.clone()).bearer_auth(key.expose());
        let request = request.json(&json!({ "text": text })).timeout(time_left(call));
        Ok(request.send().await?.error_for_status()?.json::<Answer>().await?.text)
    }
}

/// Five seconds, or what the call has left, less a second for its answer.
fn time_left(call: &Invocation) -> Duration {
    let most = Duration::from_secs(5);
    let left = call.remaining(SystemTime::now()).unwrap_or(most);
    left.saturating_sub(Duration::from_secs(1)).min(most)
}
`,
  }),
  variables: ({ url, key, secret }) => [[url, 'https://api.example.com/'], [key, secret]],
  statement: ({ secret }) => ['secretsmanager:GetSecretValue', `!Sub "arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${secret}-??????"`],
  resources: () => '',
};

/** What a function with this state consists of; undefined for one without state. */
export const stateOf = (kind) => ({ dynamodb, firestore, http })[kind];
