//! The names of the environment variables that the host reads. Each is one constant, so that the name that is read and
//! the name in a message to the operator are the same. The names for the plain HTTP host's limits are in
//! `http/limits.rs`, those for the log in `log.rs`.

pub(super) const PROJECT_ID: &str = "FIREBASE_PROJECT_ID";
pub(super) const PROJECT_NUMBER: &str = "FIREBASE_PROJECT_NUMBER";
pub(super) const ID_TOKEN_KEYS_URL: &str = "FIREBASE_ID_TOKEN_KEYS_URL";
pub(super) const APP_CHECK_KEYS_URL: &str = "FIREBASE_APP_CHECK_KEYS_URL";
pub(super) const KEYS_BAKED: &str = "FIREBASE_KEYS_BAKED";
pub(super) const KEYS_MIRROR: &str = "FIREBASE_KEYS_MIRROR";
pub(super) const ALLOWED_ORIGINS: &str = "ALLOWED_ORIGINS";
pub(super) const RESPONSE_MODE: &str = "CALLABLE_RESPONSE_MODE";

/// Read by the plain HTTP host only.
pub(super) const HOST: &str = "HOST";
pub(super) const PORT: &str = "PORT";
pub(super) const MAX_BODY_BYTES: &str = "MAX_BODY_BYTES";

/// Set by Lambda.
pub(super) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// Set by Lambda Web Functions, beside [`RUNTIME_API`].
pub(super) const HTTP_ENDPOINT: &str = "AWS_LAMBDA_HTTP_ENDPOINT";
pub(super) const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
pub(super) const FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";
pub(super) const FUNCTION_MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
pub(super) const MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";
/// Set by the real Lambda and by AWS SAM's simulator, which also sets [`SAM_LOCAL`].
pub(super) const INITIALIZATION_TYPE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
pub(super) const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

/// Variables that have a meaning only in a local run.
pub(super) const LOCAL_RUN: [&str; 3] =
    [AUTH_EMULATOR_HOST, "FIREBASE_DEBUG_MODE", "FUNCTIONS_EMULATOR"];
pub(super) const AUTH_EMULATOR_HOST: &str = "FIREBASE_AUTH_EMULATOR_HOST";

/// Paths of files with private certificate authorities. AWS's tools and SDKs read the first; OpenSSL and most programs
/// built on it read the second. The host reads both.
pub(super) const AUTHORITIES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// The function's region and credentials, which Lambda sets.
pub(super) const AWS_REGION: &str = "AWS_REGION";
pub(super) const AWS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
pub(super) const AWS_SECRET: &str = "AWS_SECRET_ACCESS_KEY";
pub(super) const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// The address of S3, where it is not AWS's: the names of AWS's tools and SDKs, the first of which wins.
pub(super) const AWS_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
