//! `run`: reads the environment, builds the service and serves it. Every error in the configuration is reported here,
//! before the first request.

use std::{
    convert::Infallible, env, hint::black_box, process::ExitCode, sync::Arc, time::Duration,
};

use http::{Request, Response};
use tokio::{
    runtime::{Builder, Runtime},
    task::yield_now,
};
use tower_service::Service;
use tracing::{error, info};

use super::{
    authorities,
    config::Config,
    error::StartError,
    http::{FromIncoming, Listener, serve_within, stop_signal},
    lambda, log,
    request_body::RequestBody,
    setup::Setup,
    variables::{HOST, PORT, RUNTIME_API},
};
use crate::callable::{Callable, ResponseBody};

/// Serves `callable` until the process ends: on Lambda, or over plain HTTP elsewhere.
///
/// Reads its whole configuration from the environment, once. If a variable is missing or wrong, one sentence in the log
/// names it, and the exit code is 1.
///
/// ```no_run
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// async fn greet(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(format!("Hello, {}", request.data))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run(Callable::new(greet))
/// }
/// ```
#[must_use]
pub fn run(callable: Callable) -> ExitCode {
    run_service(|setup| setup.callable(callable))
}

/// Serves the service that `build` returns, for a function that needs more than a callable's own options, or that is
/// not a callable. `build` makes the parts of the service with [`Setup`].
///
/// ```no_run
/// use shared::{Callable, CallableRequest, HttpsError, host::StartError};
///
/// fn main() -> std::process::ExitCode {
///     shared::run_service(|setup| {
///         let help = "is not set: set it to the text before each name, as in GREETING=Hello";
///         let greeting =
///             setup.variable("GREETING").ok_or_else(|| StartError::new("GREETING", help))?;
///         setup.callable(Callable::new(move |request: CallableRequest<String>| {
///             let text = format!("{greeting}, {}", request.data);
///             async move { Ok::<_, HttpsError>(text) }
///         }))
///     })
/// }
/// ```
#[must_use]
pub fn run_service<S>(build: impl FnOnce(&Setup) -> Result<S, StartError>) -> ExitCode
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let variable = |name: &str| env::var(name).ok();
    log::init(variable);
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
            // An error about the Runtime API itself occurs after the start, so it is not reported as a failed start.
            let api = variable(RUNTIME_API).filter(|api| !api.is_empty());
            if let Some(api) = api.filter(|_| !problem.is_about(RUNTIME_API)) {
                lambda::report(&api, &problem);
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
    let config = Arc::new(config);
    let setup = Setup::new(Arc::clone(&config), |name| env::var(name).ok());
    let service = build(&setup)?;
    let prefetches = setup.take_prefetches();
    drop(setup);
    end_with(runtime(&config)?, async {
        for work in prefetches {
            tokio::spawn(async move {
                for _ in 0..YIELDS_BEFORE_PREFETCH {
                    yield_now().await;
                }
                work.await;
            });
        }
        if let Some(api) = config.runtime_api.clone() {
            let mode = config.response_mode;
            // Spawned, not awaited here: each time the `block_on` future is woken, tokio polls its I/O driver.
            let serving = tokio::spawn(async move { lambda::serve(service, &api, mode).await });
            let ended = serving.await.map_err(lambda_runtime_ended)?;
            return ended.map_err(lambda_runtime_ended);
        }
        let cannot = |error| {
            StartError::new(
                PORT,
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
        // Spawned, so that connections are accepted on a worker thread, like those on which they are served.
        tokio::spawn(serving).await.map_err(|error| {
            StartError::new(
                HOST,
                format_args!("is no longer served: accepting connections failed ({error}): restart the process"),
            )
        })
    })
}

fn lambda_runtime_ended(error: impl std::fmt::Display) -> StartError {
    StartError::new(
        RUNTIME_API,
        format_args!(
            "cannot be used: {error}: Lambda starts a new process by itself; elsewhere, set the variable to \
             the host and port of a Runtime API that is running"
        ),
    )
}

/// More than the largest event that Lambda sends, and than the largest buffered answer: about 6 MB each.
const LARGEST_BLOCK: usize = 8 << 20;

/// Makes the C library's allocator keep freed memory. Otherwise it returns the memory of a call with 100 KB to the
/// kernel, and the kernel zeroes every page again for the next call: a third of such a call's time. The allocator keeps
/// blocks up to the size of the largest one that was freed so far (`M_MMAP_THRESHOLD` in mallopt(3)). The block that is
/// freed here costs no memory: none of its pages is ever touched.
fn keep_memory() {
    drop(black_box(Vec::<u8>::with_capacity(LARGEST_BLOCK)));
}

/// How often a prefetch yields before it starts. By then the first poll for a call has normally been sent; a TLS client
/// or the AWS SDK, built earlier, would delay that poll. The first call most often finds the prefetch done.
const YIELDS_BEFORE_PREFETCH: u32 = 16;

/// How long the process waits for its own threads before it ends. They may still write the log records of interrupted
/// calls.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Runs until `serving` completes, then waits for at most [`SHUTDOWN_TIMEOUT`]: the thread of a name lookup cannot be
/// stopped, and may take longer.
fn end_with<T>(runtime: Runtime, serving: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(serving);
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    ended
}

/// One thread under Lambda, because such a runtime starts fastest and needs one connection to the Runtime API. If
/// Lambda sends several requests at once, and outside of Lambda: one thread for each core that the process may use.
fn runtime(config: &Config) -> Result<Runtime, StartError> {
    let mut builder = if config.concurrency > 1 || config.runtime_api.is_none() {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    builder.enable_all().build().map_err(|error| {
        let problem =
            format_args!("or another limit of the process is too low ({error}): raise it");
        StartError::new("RLIMIT_NOFILE", problem)
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
