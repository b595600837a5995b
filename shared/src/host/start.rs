//! `run`: from the environment to a serving process. Every error in the configuration
//! is reported here, before the first request.

use std::{convert::Infallible, env, hint::black_box, process::ExitCode, time::Duration};

use http::{Request, Response};
use tokio::{
    runtime::{Builder, Runtime},
    task::yield_now,
};
use tower_service::Service;
use tracing::{error, info};

use super::{
    RequestBody, authorities,
    config::{Config, StartError},
    http::{FromIncoming, Listener, serve_within, stop_signal},
    init_error, lambda,
    setup::Setup,
    telemetry,
};
use crate::callable::{Callable, ResponseBody};

/// Serves `callable` until the process ends: on Lambda, or over plain HTTP elsewhere.
///
/// Reads its whole configuration from the environment, once. What is missing is one sentence in
/// the log, and exit code 1.
#[must_use]
pub fn run(callable: Callable) -> ExitCode {
    run_service(|setup| setup.callable(callable))
}

/// Serves what `build` makes: for functions that need more of their configuration than [`run`] takes
/// care of, or that are not callables.
#[must_use]
pub fn run_service<S>(build: impl FnOnce(&Setup) -> Result<S, StartError>) -> ExitCode
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let variable = |name: &str| env::var(name).ok();
    telemetry::init(variable);
    let config = authorities::trust(variable).and_then(|()| Config::read(variable));
    let started = config.and_then(|config| {
        if config.runtime_api.is_some() {
            lambda::check(variable)?;
        }
        start(build, config)
    });
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            // An error about the Runtime API itself comes after the start, and is not reported as a failed start.
            let api = variable(RUNTIME_API).filter(|api| !api.is_empty());
            if let Some(api) = api.filter(|_| !problem.is_about(RUNTIME_API)) {
                init_error::report(&api, &problem);
            }
            ExitCode::FAILURE
        }
    }
}

fn start<S>(
    build: impl FnOnce(&Setup) -> Result<S, StartError>,
    config: Config,
) -> Result<(), StartError>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    keep_memory();
    let setup = Setup::new(config);
    let service = build(&setup)?;
    let config = setup.config();
    end_with(runtime(config)?, async {
        // Beside the first poll, not before it: the first call most often finds all of it there.
        for work in setup.ahead() {
            tokio::spawn(async move {
                for _ in 0..TURNS_OF_THE_FIRST_POLL {
                    yield_now().await;
                }
                work.await;
            });
        }
        if let Some(api) = config.runtime_api.clone() {
            let mode = config.response_mode;
            // As a task: what wakes the outermost future costs a look at the sockets each time.
            let serving = tokio::spawn(async move { lambda::serve(service, &api, mode).await });
            let ended = serving.await.map_err(lambda_runtime_ended)?;
            return ended.map_err(lambda_runtime_ended);
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
        let (limits, connections) = (config.http.clone(), config.http.connections()?);
        info!(address = %listener.address().map_err(cannot)?, connections, "listening");
        let service = FromIncoming(service);
        let serving = serve_within(limits, connections, service, listener, stop_signal());
        // Spawned, so that accepting runs on a worker thread, beside the connections that it has accepted.
        tokio::spawn(serving).await.map_err(cannot_go_on)
    })
}

fn cannot_go_on(error: impl std::fmt::Display) -> StartError {
    StartError::new("HOST", format_args!("the server has stopped accepting connections: {error}"))
}

fn lambda_runtime_ended(error: impl std::fmt::Display) -> StartError {
    StartError::new(RUNTIME_API, format_args!("cannot be served: {error}"))
}

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The largest event that Lambda sends, and an answer.
const LARGEST_BLOCK: usize = 8 << 20;

/// The C library's allocator hands memory back to the kernel after each call with 100 KB in it, and has every page
/// of it zeroed for the next: a third of such a call's time. The size of a block that was freed once is what it keeps
/// from then on (`M_MMAP_THRESHOLD` in mallopt(3)). No page of this one is ever touched.
fn keep_memory() {
    drop(black_box(Vec::<u8>::with_capacity(LARGEST_BLOCK)));
}

/// In so many turns of the only thread the first poll has a connection and is sent, as a rule: what a TLS
/// client or the AWS SDK compute at their start would hold it up.
const TURNS_OF_THE_FIRST_POLL: u32 = 16;

/// How long the process waits at its end for its own threads, which may still write the records of calls that were
/// cut short.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Runs until `serving` is ready. A name lookup, whose thread cannot be stopped, does not keep the process from
/// ending.
fn end_with<T>(runtime: Runtime, serving: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(serving);
    runtime.shutdown_timeout(LAST_LINES);
    ended
}

/// One thread under Lambda, which starts fastest and keeps one Runtime API connection, unless Lambda sends several
/// requests at once. Elsewhere, one for each core that the process may use.
fn runtime(config: &Config) -> Result<Runtime, StartError> {
    let mut builder = if config.concurrency > 1 || config.runtime_api.is_none() {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    builder.enable_all().build().map_err(|error| {
        StartError::new("RLIMIT_NOFILE", format_args!("or another limit is too low: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    use super::*;

    #[test]
    fn a_thread_that_hangs_does_not_keep_the_process_from_ending() {
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let (_held, hangs) = mpsc::channel::<()>();
            let before = Instant::now();
            let ended = end_with(builder.enable_all().build().unwrap(), async {
                let (begin, begun) = tokio::sync::oneshot::channel();
                tokio::task::spawn_blocking(move || {
                    begin.send(()).unwrap();
                    hangs.recv_timeout(Duration::from_secs(60))
                });
                begun.await
            });
            assert_eq!(ended, Ok(()));
            assert!(before.elapsed() < Duration::from_secs(30));
        }
    }
}
