//! Configuration: the environment, read once at start into one typed value. If variables are missing or wrong, the
//! process does not start, and one sentence in the log for each of them says what to set it to.

mod copies;
mod parse;
mod response_mode;
#[cfg(test)]
mod tests;

use std::{env, net::SocketAddr, sync::Arc, time::Duration};

pub(super) use response_mode::ResponseMode;

use super::{
    error::StartError,
    http::{HttpLimits, Platform},
    mirror::KeyMirror,
    variables::{
        ALLOWED_ORIGINS, APP_CHECK_KEYS_URL, AUTH_EMULATOR_HOST, FUNCTION_NAME, HOST,
        HTTP_ENDPOINT, ID_TOKEN_KEYS_URL, INITIALIZATION_TYPE, KEYS_BAKED, LOCAL_RUN,
        MAX_BODY_BYTES, MAX_CONCURRENCY, PORT, PROJECT_ID, PROJECT_NUMBER, RESPONSE_MODE,
        RUNTIME_API, SAM_LOCAL,
    },
};
use crate::{
    keys::{BakedKeys, google_app_check_keys, google_id_token_keys},
    net::ServiceUrl,
    protocol::CorsOrigins,
};

/// How long the author's start may take outside of Lambda.
const START_LIMIT: Duration = Duration::from_secs(60);
/// A second less than Lambda's own limit, so that the function can still say why it ends.
const START_LIMIT_ON_DEMAND: Duration = Duration::from_secs(9);
/// The same with provisioned concurrency, SnapStart and managed instances.
const START_LIMIT_AHEAD: Duration = Duration::from_secs(125);

/// The settings of one process. [`crate::run`] reads them from the environment.
#[derive(Debug)]
pub(super) struct Config {
    /// `FIREBASE_PROJECT_ID`: whose users may call. Required.
    pub(super) project_id: String,
    /// `FIREBASE_ID_TOKEN_KEYS_URL`: where the ID-token key set is read. Default: Google.
    pub(super) id_token_keys_url: ServiceUrl,
    /// `FIREBASE_PROJECT_NUMBER`: the only project number that is accepted in App Check tokens. Default: any number, if
    /// issuer and audience agree.
    pub(super) project_number: Option<String>,
    /// `FIREBASE_APP_CHECK_KEYS_URL`: where the App Check key set is read. Default: Google.
    pub(super) app_check_keys_url: ServiceUrl,
    /// `FIREBASE_KEYS_BAKED`: the key sets in the function's package. Default: those beside the program, if there are
    /// any.
    pub(super) baked_keys: Option<Arc<BakedKeys>>,
    /// `FIREBASE_KEYS_MIRROR`: asked for key sets before their issuers. Default: no mirror.
    pub(super) key_mirror: Option<Arc<KeyMirror>>,
    /// `FIREBASE_AUTH_EMULATOR_HOST`: used only in builds with the feature `emulator`.
    #[cfg_attr(
        not(feature = "emulator"),
        allow(dead_code, reason = "read by the emulator's opt-in only")
    )]
    pub(super) auth_emulator_host: Option<String>,
    /// `ALLOWED_ORIGINS`: comma-separated; `None` reflects any origin, empty switches CORS off.
    pub(super) allowed_origins: Option<CorsOrigins>,
    /// `CALLABLE_RESPONSE_MODE`: how the front invokes the function. Default: buffered.
    pub(super) response_mode: ResponseMode,
    /// `AWS_LAMBDA_HTTP_ENDPOINT`, or else `HOST` and `PORT`: where the plain HTTP host listens. Default: 127.0.0.1:8080.
    /// `HOST` and `PORT` are ignored on Lambda, where a shell or its tools may have set `HOST` to something else.
    pub(super) listen: SocketAddr,
    /// `MAX_CONNECTIONS`, `REQUEST_TIMEOUT_SECONDS`, `IDLE_TIMEOUT_SECONDS`: the limits of the plain HTTP host.
    pub(super) http: HttpLimits,
    /// `MAX_BODY_BYTES`: the longest request body that the plain HTTP host reads. Default: 32 MiB.
    pub(super) max_body_bytes: usize,
    /// `AWS_LAMBDA_FUNCTION_NAME`: the name in the log.
    pub(super) function_name: Option<String>,
    /// [`runtime_api`]: set where the process takes its calls from Lambda's Runtime API or a simulator of it.
    pub(super) runtime_api: Option<String>,
    /// Whether this is the real Lambda and not a simulator: `AWS_LAMBDA_INITIALIZATION_TYPE` is set, and
    /// `AWS_SAM_LOCAL` is not `true`.
    #[cfg_attr(
        not(feature = "emulator"),
        allow(dead_code, reason = "read by the emulator's opt-in only")
    )]
    pub(super) on_real_lambda: bool,
    /// How long the author's start may take. Lambda ends a start after ten seconds, that of a Web Function too, and after
    /// 130 where the sandbox is made ahead of its calls (`AWS_LAMBDA_INITIALIZATION_TYPE`). Source: Lambda developer guide,
    /// "Init phase".
    pub(super) start_limit: Duration,
    /// `AWS_LAMBDA_MAX_CONCURRENCY`: how many requests Lambda sends at once. Default: 1.
    pub(super) concurrency: usize,
    /// The variables that are set although they have a meaning only in a local run. A program that does not
    /// accept the Auth emulator logs them as an error.
    pub(super) local_run_variables: Vec<&'static str>,
}

impl Config {
    /// Reads the settings through `variable`, which returns the value of an environment variable.
    /// A variable that is set but empty counts as unset, except `ALLOWED_ORIGINS`.
    ///
    /// # Errors
    /// Variables are missing or cannot be used; the error names all of them.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let runtime_api = runtime_api(&variable);
        let endpoint = set(HTTP_ENDPOINT);
        let platform = match endpoint {
            Some(_) => Platform::WebFunction,
            None => Platform::Container,
        };
        // Variables of the plain HTTP host are not read where the calls come from the Runtime API, so that a wrong one
        // cannot keep a function from starting there.
        let plain = |name: &str| if runtime_api.is_none() { set(name) } else { None };
        let key_url = |name, default| parse::key_url(name, set(name), default);
        let (
            project_id,
            id_token_keys_url,
            project_number,
            app_check_keys_url,
            baked_keys,
            key_mirror,
            allowed_origins,
            response_mode,
            listen,
            http,
            max_body_bytes,
        ) = StartError::all((
            parse::project_id(set(PROJECT_ID)),
            key_url(ID_TOKEN_KEYS_URL, google_id_token_keys),
            parse::project_number(set(PROJECT_NUMBER)),
            key_url(APP_CHECK_KEYS_URL, google_app_check_keys),
            copies::baked(set(KEYS_BAKED)),
            copies::mirror(&variable),
            parse::origins(variable(ALLOWED_ORIGINS)),
            ResponseMode::parse(set(RESPONSE_MODE)),
            match endpoint {
                Some(endpoint) => parse::endpoint(&endpoint),
                None => parse::listen(plain(HOST), plain(PORT)),
            },
            HttpLimits::read(platform, plain),
            parse::max_body_bytes(plain(MAX_BODY_BYTES)),
        ))?;
        let initialization = set(INITIALIZATION_TYPE);
        Ok(Self {
            project_id,
            id_token_keys_url,
            project_number,
            app_check_keys_url,
            baked_keys,
            key_mirror,
            auth_emulator_host: set(AUTH_EMULATOR_HOST),
            allowed_origins,
            response_mode,
            listen,
            http,
            max_body_bytes,
            function_name: set(FUNCTION_NAME),
            on_real_lambda: initialization.is_some() && set(SAM_LOCAL).as_deref() != Some("true"),
            start_limit: match (platform, &runtime_api, initialization.as_deref()) {
                (Platform::WebFunction, ..) | (_, Some(_), None | Some("on-demand")) => {
                    START_LIMIT_ON_DEMAND
                }
                (_, Some(_), Some(_)) => START_LIMIT_AHEAD,
                (_, None, _) => START_LIMIT,
            },
            runtime_api,
            concurrency: set(MAX_CONCURRENCY).and_then(|number| number.parse().ok()).unwrap_or(1),
            local_run_variables: LOCAL_RUN.into_iter().filter(|name| set(name).is_some()).collect(),
        })
    }

    /// The function's name in the log: the one it has on Lambda, or else the name of the binary.
    pub(super) fn name(&self) -> String {
        let binary = || Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned());
        self.function_name.clone().or_else(binary).unwrap_or_default()
    }
}

/// The address of Lambda's Runtime API, if the process takes its calls from there: `AWS_LAMBDA_RUNTIME_API`, unless
/// `AWS_LAMBDA_HTTP_ENDPOINT` is set. A Web Function has both variables, and gets requests at the second only. No other
/// function has that one: Lambda refuses names under `AWS_LAMBDA_` in a function's own settings.
pub(super) fn runtime_api(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    set(RUNTIME_API).filter(|_| set(HTTP_ENDPOINT).is_none())
}
