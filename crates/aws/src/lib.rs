//! AWS for a Firebase callable: clients of the AWS SDK over our HTTPS client, and secrets of one's own.
//!
//! ```no_run
//! use aws_sdk_dynamodb::{Client, types::AttributeValue};
//! use firebase_callable_aws::{AwsError, AwsSetup, Secret};
//! use shared::{Callable, CallableRequest, HttpsError};
//!
//! #[derive(Clone)]
//! struct Notes {
//!     dynamodb: Client,
//!     table: String,
//!     payment_key: Secret,
//! }
//!
//! async fn create_note(notes: Notes, request: CallableRequest<String>) -> Result<(), HttpsError> {
//!     let put = notes.dynamodb.put_item().table_name(&notes.table);
//!     let put = put.item("id", AttributeValue::S(request.data)).send().await;
//!     put.map_err(|error| {
//!         let error = AwsError::from(error); // one sentence, for the log
//!         HttpsError::new(error.code(), "the note cannot be stored").with_source(error)
//!     })?;
//!     let key = notes.payment_key.get().await.map_err(|error| {
//!         HttpsError::new(error.code(), "payments are not possible now").with_source(error)
//!     })?;
//!     let _authorization = format!("Bearer {}", key.expose());
//!     Ok(())
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run_with(async |setup| {
//!         let notes = Notes {
//!             dynamodb: Client::new(&setup.aws().await),
//!             table: setup.variable("NOTES_TABLE").required("the name of the table")?,
//!             payment_key: setup.secret("PAYMENT_KEY_SECRET")?,
//!         };
//!         Ok(Callable::with(notes, create_note))
//!     })
//! }
//! ```
//!
//! # The configuration of the SDK
//!
//! [`setup.aws()`](AwsSetup::aws) is an `SdkConfig` for any `aws-sdk-…` crate. Depend on such a crate with
//! `default-features = false` and the feature `rt-tokio`; otherwise it links an HTTP client of its own.
//!
//! | what | is |
//! |---|---|
//! | region, credentials, endpoints | of the environment, as in every SDK; in Lambda, the function's role |
//! | TLS | rustls and the authorities with which keys are fetched; `AWS_CA_BUNDLE`, `HTTPS_PROXY` |
//! | connections | kept for 30 seconds; a connection that died in a frozen sandbox fails no call |
//! | time limits | 2 s for an attempt, 3 s for an operation; 1 s to connect |
//! | attempts | 3, with the SDK's pauses |
//! | bodies | in memory; answers of 32 MiB at most |
//!
//! The limits are changed with the SDK's own type:
//!
//! ```no_run
//! # async fn f(setup: &shared::host::Setup) {
//! use std::time::Duration;
//!
//! use aws_config::timeout::TimeoutConfig;
//! use firebase_callable_aws::AwsSetup;
//!
//! let timeouts = TimeoutConfig::builder()
//!     .operation_attempt_timeout(Duration::from_secs(5))
//!     .operation_timeout(Duration::from_secs(10))
//!     .build();
//! let aws = setup.aws().await.into_builder().timeout_config(timeouts).build();
//! # }
//! ```
//!
//! # Secrets
//!
//! The variable that [`setup.secret(…)`](AwsSetup::secret) names contains:
//!
//! | value of the variable | the secret is |
//! |---|---|
//! | `payment/key`, or an ARN | the text of this secret of Secrets Manager |
//! | `payment#live` | the string member `live` of the JSON object in it |
//! | `ssm:/payment/key`, or the ARN of a parameter | the value of this parameter of Parameter Store, decrypted |
//! | `ssm:/payment#live` | the string member `live` of the JSON object in it |
//!
//! Parameters need the feature `parameters`: their client takes a minute to compile.
//!
//! A secret is read while the process waits for its first call, then every five minutes, so that a rotation takes
//! effect without a restart; while it cannot be read, the last text is used for an hour. Variables that name the same
//! secret share one read. The function's role needs `secretsmanager:GetSecretValue`, or `ssm:GetParameter` and
//! `kms:Decrypt`.
//!
//! In a local run the secrets are lines `PAYMENT_KEY_SECRET=…` of the file that `LOCAL_SECRETS_FILE` names, and the
//! variable itself need not be set. A function on the real Lambda does not start with `LOCAL_SECRETS_FILE`.
//!
//! ```text
//! setup ──► config ──► connector   the SDK's requests go through shared::net
//!   └─────► secrets ──► failure    what the operator reads
//! ```

mod config;
mod connector;
mod failure;
pub mod secrets;
mod setup;

pub use config::Aws;
pub use failure::AwsError;
pub use secrets::{Secret, SecretError, SecretText};
pub use setup::AwsSetup;
