//! `run`: from the environment to a serving process. Everything that can be wrong with the
//! configuration is said here, before the first request.

use std::{env, process::ExitCode, sync::Arc};

use tokio::runtime::{Builder, Runtime};
use tracing::{error, info};

use super::{
    config::{Config, ResponseMode, StartError},
    http::{Listener, serve, stop_signal},
    lambda, telemetry,
};
#[cfg(feature = "emulator")]
use crate::{
    callable::EmulatorProjects,
    token::{EmulatorHost, EmulatorIdTokenRules, emulator},
};
use crate::{
    callable::{AppCheckVerifier, Callable, Gate, HostTraits, IdTokenVerifier},
    clock::{Clock, SystemClock},
    keys::{CacheSettings, Fetch, HttpsFetch, KeyCache},
    token::{AppCheckRules, IdTokenRules},
};

/// Serves `callable` until the process ends: on Lambda, or over plain HTTP elsewhere.
///
/// Reads its whole configuration from the environment, once. What is missing is one sentence in
/// the log, and exit code 1.
#[must_use]
pub fn run(callable: Callable) -> ExitCode {
    let variable = |name: &str| env::var(name).ok();
    telemetry::init(variable);
    match Config::read(variable).and_then(|config| start(callable, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn start(mut callable: Callable, config: Config) -> Result<(), StartError> {
    // Said once per process; a second `run` in the same process keeps the first.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();

    let origins = &mut callable.options_mut().cors;
    *origins = origins.take().or_else(|| config.allowed_origins.clone());

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let fetch: Arc<dyn Fetch> = Arc::new(HttpsFetch::new());
    let cache = |settings| KeyCache::new(settings, Arc::clone(&fetch), Arc::clone(&clock));
    let keys = cache(CacheSettings::id_tokens(config.id_token_keys_url.clone()));
    let app_check_keys = cache(CacheSettings::app_check(config.app_check_keys_url.clone()));
    let rules = IdTokenRules::new(&config.project_id);
    let verifier = match emulator_verifier(&mut callable, &config, &rules)? {
        Some(verifier) => verifier,
        None => IdTokenVerifier::Production(Arc::new(rules), Arc::clone(&keys)),
    };
    // What the first call will most likely need; App Check keys only where every call needs them.
    let prefetch = [
        matches!(verifier, IdTokenVerifier::Production(..)).then_some(keys),
        callable.options_mut().enforce_app_check.then(|| Arc::clone(&app_check_keys)),
    ];
    let mut app_check = AppCheckRules::new(&config.project_id);
    if let Some(number) = &config.project_number {
        app_check = app_check.project_number(number);
    }
    let gate = Gate::new(verifier, Arc::clone(&clock))
        .with_app_check(AppCheckVerifier::new(app_check, app_check_keys));
    let mut host = HostTraits::unlimited(function_name(&config));
    if config.on_lambda && config.response_mode == ResponseMode::Buffered {
        host.weigh = lambda::weigh;
        host.max_weight = lambda::MAX_BODY_WEIGHT;
    }
    let service = callable.into_hosted_service(gate, host);

    runtime(&config)?.block_on(async {
        // Beside the first poll, not before it: the first call most often finds its key there.
        for keys in prefetch.into_iter().flatten() {
            keys.prefetch();
        }
        if config.on_lambda {
            return lambda::serve(service, config.response_mode).await.map_err(|error| {
                StartError::new("AWS_LAMBDA_RUNTIME_API", format_args!("cannot be served: {error}"))
            });
        }
        let cannot = |error| {
            StartError::new(
                "PORT",
                format_args!(
                    "{} cannot be served ({error}): set it to a free port",
                    config.listen.port()
                ),
            )
        };
        let listener = Listener::bind(config.listen).await.map_err(cannot)?;
        info!(address = %listener.address().map_err(cannot)?, "listening");
        serve(service, listener, stop_signal()).await;
        Ok(())
    })
}

/// One thread, which starts fastest and keeps one Runtime API connection; several only where
/// Lambda sends several requests at once.
fn runtime(config: &Config) -> Result<Runtime, StartError> {
    let mut builder = if config.concurrency > 1 {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    builder.enable_all().build().map_err(|error| {
        StartError::new("RLIMIT_NOFILE", format_args!("or another limit is too low: {error}"))
    })
}

fn function_name(config: &Config) -> String {
    let binary = || Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned());
    config.function_name.clone().or_else(binary).unwrap_or_default()
}

/// Both opt-ins (the builder's and the variable's) are needed; with one of them, production mode.
#[cfg(feature = "emulator")]
fn emulator_verifier(
    callable: &mut Callable,
    config: &Config,
    rules: &IdTokenRules,
) -> Result<Option<IdTokenVerifier>, StartError> {
    const HOST: &str = "FIREBASE_AUTH_EMULATOR_HOST";
    let Some(projects) = callable.options_mut().auth_emulator else {
        warn_of_local_run_variables(config);
        return Ok(None);
    };
    let Some(host) = &config.auth_emulator_host else {
        return Ok(None);
    };
    if config.on_real_lambda {
        return Err(StartError::new(
            HOST,
            "is set on Lambda, in a build that accepts unsigned tokens: deploy a build without the \
             feature `emulator`",
        ));
    }
    let host: EmulatorHost = EmulatorHost::parse(host)
        .map_err(|error| StartError::new(HOST, format_args!("cannot be used: {error}")))?;
    if projects == EmulatorProjects::DemoOnly && !emulator::is_demo_project(&config.project_id) {
        return Err(StartError::new(
            "FIREBASE_PROJECT_ID",
            "does not begin with demo-: with the Auth emulator, use a project id like demo-app, \
             which exists nowhere else",
        ));
    }
    tracing::warn!(%host, marker = emulator::MARKER, "accepting unsigned tokens of the Auth emulator");
    Ok(Some(IdTokenVerifier::Emulator(Arc::new(EmulatorIdTokenRules::new(rules.clone())))))
}

#[cfg(not(feature = "emulator"))]
fn emulator_verifier(
    _: &mut Callable,
    config: &Config,
    _: &IdTokenRules,
) -> Result<Option<IdTokenVerifier>, StartError> {
    warn_of_local_run_variables(config);
    Ok(None)
}

fn warn_of_local_run_variables(config: &Config) {
    if !config.local_run_variables.is_empty() {
        error!(
            variables = config.local_run_variables.join(", "),
            "set, and ignored: this build verifies every token"
        );
    }
}
