//! Configuration: the environment, read once at start into one typed value.
//! What is missing or wrong is one sentence for the operator, naming the variable and the cure.

use std::{
    borrow::Cow,
    env, fmt,
    net::{AddrParseError, IpAddr, SocketAddr},
};

use super::{clerk_config::ClerkConfig, http::HttpLimits};
use crate::{
    keys::{google_app_check_keys, google_id_token_keys},
    net::ServiceUrl,
    protocol::{CorsOrigins, envelope::MAX_BODY_BYTES},
};

/// The settings of one process. [`crate::run`] reads them from the environment; tests and other
/// hosts hand in their own look-up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// `FIREBASE_PROJECT_ID`: whose users may call. Required.
    pub project_id: String,
    /// `FIREBASE_ID_TOKEN_KEYS_URL`: where the ID-token key set is read. Default: Google.
    pub id_token_keys_url: ServiceUrl,
    /// `FIREBASE_PROJECT_NUMBER`: tightens App Check. Default: issuer and audience must agree.
    pub project_number: Option<String>,
    /// `FIREBASE_APP_CHECK_KEYS_URL`: where the App Check key set is read. Default: Google.
    pub app_check_keys_url: ServiceUrl,
    /// `CLERK_…`: what they come to is said where Clerk sessions are verified.
    clerk: Result<ClerkConfig, StartError>,
    /// `FIREBASE_AUTH_EMULATOR_HOST`: looked at only in builds with the `emulator` feature.
    pub auth_emulator_host: Option<String>,
    /// `ALLOWED_ORIGINS`: comma-separated; `None` reflects any origin, empty switches CORS off.
    pub allowed_origins: Option<CorsOrigins>,
    /// `CALLABLE_RESPONSE_MODE`: how the front invokes the function. Default: buffered.
    pub response_mode: ResponseMode,
    /// `HOST` and `PORT` of the plain HTTP host. Default: 127.0.0.1:8080. Ignored under Lambda, where a shell or
    /// its tools may have set `HOST` to something else.
    pub listen: SocketAddr,
    /// `MAX_CONNECTIONS`, `REQUEST_TIMEOUT_SECONDS`, `IDLE_TIMEOUT_SECONDS`: the bounds of the plain HTTP host.
    pub http: HttpLimits,
    /// `MAX_BODY_BYTES`: the longest request body that the plain HTTP host reads. Default: 32 MiB.
    pub max_body_bytes: usize,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the name in the log.
    pub function_name: Option<String>,
    /// `AWS_LAMBDA_RUNTIME_API`: set where the process runs under Lambda or a simulator of it.
    pub runtime_api: Option<String>,
    /// `AWS_LAMBDA_INITIALIZATION_TYPE` without `AWS_SAM_LOCAL`: only the real service says so.
    pub on_real_lambda: bool,
    /// `AWS_LAMBDA_MAX_CONCURRENCY`: how many requests Lambda sends at once. Default: 1.
    pub concurrency: usize,
    /// Set variables that only mean something to a local run, for a warning in production.
    pub local_run_variables: Vec<&'static str>,
}

/// How the host in front of a Lambda function invokes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseMode {
    /// The answer is handed over whole.
    #[default]
    Buffered,
    /// The answer is streamed: Function URL or REST API with `RESPONSE_STREAM`.
    Stream,
}

/// Why a process cannot start.
#[derive(Debug, Clone)]
pub struct StartError {
    variable: Cow<'static, str>,
    problem: String,
}

impl StartError {
    /// `problem` continues the sentence that begins with the name of the variable, as in "is not set: set it to …".
    pub fn new(variable: impl Into<Cow<'static, str>>, problem: impl fmt::Display) -> Self {
        Self { variable: variable.into(), problem: problem.to_string() }
    }

    /// Whether the error is about this variable.
    pub(super) fn is_about(&self, variable: &str) -> bool {
        self.variable == variable
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)
    }
}

impl std::error::Error for StartError {}

impl Config {
    /// Reads the settings through `variable`, which yields the value of an environment variable.
    /// A variable that is set but empty counts as unset, except `ALLOWED_ORIGINS`.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let runtime_api = set("AWS_LAMBDA_RUNTIME_API");
        // Variables of the plain HTTP host are not read under Lambda, so that a wrong one cannot keep a function
        // from starting there.
        let plain = |name: &str| if runtime_api.is_none() { set(name) } else { None };
        Ok(Self {
            project_id: project_id(set(PROJECT_ID))?,
            id_token_keys_url: key_url(KEYS_URL, set(KEYS_URL), google_id_token_keys)?,
            project_number: project_number(set(NUMBER))?,
            app_check_keys_url: key_url(APP_CHECK_URL, set(APP_CHECK_URL), google_app_check_keys)?,
            clerk: ClerkConfig::read(set),
            auth_emulator_host: set("FIREBASE_AUTH_EMULATOR_HOST"),
            allowed_origins: variable(ORIGINS)
                .map(|list| CorsOrigins::parse(&list))
                .transpose()
                .map_err(|error| {
                    StartError::new(ORIGINS, format_args!("cannot be used: {error}"))
                })?,
            response_mode: response_mode(set(MODE))?,
            listen: listen(plain("HOST"), plain("PORT"))?,
            http: HttpLimits::read(plain)?,
            max_body_bytes: max_body_bytes(plain(MAX_BODY))?,
            function_name: set("AWS_LAMBDA_FUNCTION_NAME"),
            runtime_api,
            on_real_lambda: set("AWS_LAMBDA_INITIALIZATION_TYPE").is_some()
                && set("AWS_SAM_LOCAL").as_deref() != Some("true"),
            concurrency: set("AWS_LAMBDA_MAX_CONCURRENCY")
                .and_then(|number| number.parse().ok())
                .unwrap_or(1),
            local_run_variables: LOCAL_RUN.into_iter().filter(|name| set(name).is_some()).collect(),
        })
    }
}

impl Config {
    /// The settings of Clerk sign-in, for functions that need them.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn clerk(&self) -> Result<ClerkConfig, StartError> {
        self.clerk.clone()
    }

    /// What the function is called in the log: as Lambda calls it, or as the binary.
    #[must_use]
    pub fn name(&self) -> String {
        let binary = || Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned());
        self.function_name.clone().or_else(binary).unwrap_or_default()
    }
}

const PROJECT_ID: &str = "FIREBASE_PROJECT_ID";
const KEYS_URL: &str = "FIREBASE_ID_TOKEN_KEYS_URL";
const NUMBER: &str = "FIREBASE_PROJECT_NUMBER";
const APP_CHECK_URL: &str = "FIREBASE_APP_CHECK_KEYS_URL";
const ORIGINS: &str = "ALLOWED_ORIGINS";
const MODE: &str = "CALLABLE_RESPONSE_MODE";
const MAX_BODY: &str = "MAX_BODY_BYTES";
const LOCAL_RUN: [&str; 3] =
    ["FIREBASE_AUTH_EMULATOR_HOST", "FIREBASE_DEBUG_MODE", "FUNCTIONS_EMULATOR"];

fn project_id(value: Option<String>) -> Result<String, StartError> {
    let id = value.ok_or_else(|| {
        StartError::new(
            PROJECT_ID,
            "is not set: set it to the id of the Firebase project whose users may call, as in \
             FIREBASE_PROJECT_ID=my-app",
        )
    })?;
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
    // Digits alone are a project number; ID tokens carry the project's id.
    let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
    let has_odd_ends = id.starts_with(['-', '.', ':']) || id.ends_with(['-', '.', ':']);
    if id.len() > 128 || !id.bytes().all(fits) || is_number || has_odd_ends {
        return Err(StartError::new(
            PROJECT_ID,
            "is not a project id: set it to the id (not the name or the number) that the Firebase \
             console shows under project settings, as in FIREBASE_PROJECT_ID=my-app",
        ));
    }
    Ok(id)
}

fn project_number(value: Option<String>) -> Result<Option<String>, StartError> {
    match value {
        Some(number) if !is_project_number(&number) => Err(StartError::new(
            NUMBER,
            "is not a project number: set it to the digits that the Firebase console shows under \
             project settings, or leave it unset",
        )),
        number => Ok(number),
    }
}

/// A project number as in the issuer of an App Check token: digits, the first of them not a zero.
fn is_project_number(text: &str) -> bool {
    text.len() <= 20 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn key_url(
    name: &'static str,
    value: Option<String>,
    default: fn() -> ServiceUrl,
) -> Result<ServiceUrl, StartError> {
    let unfit = |error| StartError::new(name, format_args!("cannot be used: {error}"));
    value.map_or_else(|| Ok(default()), |url| ServiceUrl::parse(&url).map_err(unfit))
}

fn response_mode(value: Option<String>) -> Result<ResponseMode, StartError> {
    match value.as_deref() {
        None | Some("buffered") => Ok(ResponseMode::Buffered),
        Some("stream") => Ok(ResponseMode::Stream),
        Some(_) => Err(StartError::new(
            MODE,
            "is neither: set it to buffered, or to stream where the front invokes the function \
             with response streaming",
        )),
    }
}

fn listen(host: Option<String>, port: Option<String>) -> Result<SocketAddr, StartError> {
    let host: IpAddr =
        host.as_deref().unwrap_or("127.0.0.1").parse().map_err(|_: AddrParseError| {
            StartError::new(
                "HOST",
                "is not an IP address: set it to 127.0.0.1, or to 0.0.0.0 in a container; unset it if a shell or \
                 conda has set it for itself",
            )
        })?;
    let port = port.as_deref().unwrap_or("8080").parse().map_err(|_| {
        StartError::new("PORT", "is not a port: set it to a number from 0 to 65535")
    })?;
    Ok(SocketAddr::new(host, port))
}

/// The most that `MAX_BODY_BYTES` may allow: positions in a body are kept in 32 bits.
const LARGEST_BODY: usize = 1 << 30;

fn max_body_bytes(value: Option<String>) -> Result<usize, StartError> {
    let Some(value) = value else {
        return Ok(MAX_BODY_BYTES);
    };
    value.parse().ok().filter(|bytes| (1..=LARGEST_BODY).contains(bytes)).ok_or_else(|| {
        StartError::new(
            MAX_BODY,
            "is not a number of bytes from 1 to 1073741824: set it to the longest request body that \
             is read, as in MAX_BODY_BYTES=1048576, or leave it unset for 33554432",
        )
    })
}

#[cfg(test)]
mod tests;
