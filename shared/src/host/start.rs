//! `run` and `run_with`: read the environment, await the author's start, and serve its service. Every problem that the
//! process can know of is reported here, before the first request.

mod build;
#[cfg(feature = "contract")]
mod contract;
mod failure;
mod seeding;

use std::{
    convert::Infallible,
    env,
    error::Error,
    future::{pending, poll_fn},
    hint::black_box,
    process::ExitCode,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{Request, Response};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::yield_now,
};
use tower_service::Service;
use tracing::info;

use self::{build::build, failure::Failure};
use super::{
    authorities,
    config::{Config, runtime_api},
    error::StartError,
    http::{FromIncoming, Listener, Platform, serve_within, stop_signal},
    lambda::{self, Settling},
    log,
    request_body::RequestBody,
    servable::Servable,
    setup::{Prefetch, Setup},
    variables::{HOST, HTTP_ENDPOINT, PORT, RUNTIME_API},
};
use crate::{
    callable::{Callable, ResponseBody},
    keys::KeyCache,
    net::BoxFuture,
};

/// Serves `callable` until the process ends: on Lambda, or over plain HTTP elsewhere and on Lambda Web Functions.
///
/// Reads its whole configuration from the environment, once. If a variable is missing or wrong, one sentence in the log
/// names it, and the exit code is 1. It starts its own tokio runtime, so `main` is a plain function, without
/// `#[tokio::main]`.
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
    run_with(async move |_| Ok(callable))
}

/// Serves several callables in one process, each under its name, as [`run`] serves one. For a start that awaits, or a
/// state that the callables share: [`Setup::callables`] in [`run_with`].
///
/// ```no_run
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// async fn greet(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(format!("Hello, {}", request.data))
/// }
///
/// async fn part(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(format!("Goodbye, {}", request.data))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_all([("greet", Callable::new(greet)), ("part", Callable::new(part))])
/// }
/// ```
#[must_use]
pub fn run_all(callables: impl IntoIterator<Item = (impl Into<String>, Callable)>) -> ExitCode {
    run_named(callables.into_iter().map(|(name, callable)| (name.into(), callable)).collect())
}

/// Not generic, so that the hosts are compiled as a part of this crate, with its optimization for size.
fn run_named(callables: Vec<(String, Callable)>) -> ExitCode {
    run_with(async move |setup| Ok(setup.callables(callables)?))
}

/// [`run`] for a function that needs more than a callable: its own configuration, a client that is opened at start,
/// another service than a callable. `start` may await; `setup` makes the parts that depend on the configuration.
///
/// `start` runs once, in the process's tokio runtime, after the log is set up and the configuration is read, and before
/// the first call is asked for. On Lambda that is the initialization, for which a function has more processor time than
/// for a call. Work that no call has to wait for is better given to [`Setup::prefetch`].
///
/// | if `start` | then |
/// |---|---|
/// | returns an error of any type, `anyhow::Error` included | the log and Lambda get one sentence: the error and its causes, so it must not quote a secret. The exit code is 1 |
/// | panics | the same; the panic's text is included only if it is a literal |
/// | is not ready in time | the same. The limit is 9 seconds on Lambda, which ends a start after 10; 125 seconds with provisioned concurrency, SnapStart or managed instances, which have 130; 60 seconds elsewhere. A start that blocks its thread instead of awaiting is ended by Lambda only |
/// | is running when SIGTERM or Ctrl-C arrives (outside Lambda) | the process ends, with exit code 0 |
///
/// ```no_run
/// use std::sync::Arc;
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// struct Greetings { text: String }
///
/// impl Greetings {
///     async fn load() -> Result<Self, std::io::Error> {
///         Ok(Self { text: "Hello".to_owned() }) // from a file, a database …
///     }
/// }
///
/// async fn greet(greetings: Arc<Greetings>, request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(format!("{}, {}", greetings.text, request.data))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_with(async |_setup| {
///         let greetings = Arc::new(Greetings::load().await?);
///         Ok(Callable::with(greetings, greet))
///     })
/// }
/// ```
#[must_use]
pub fn run_with<S: Servable>(
    start: impl AsyncFnOnce(&Setup) -> Result<S, Box<dyn Error + Send + Sync>>,
) -> ExitCode {
    let variable = |name: &str| env::var(name).ok();
    log::init(variable);
    match configure(variable).and_then(|config| start_and_serve(start, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(runtime_api(variable)),
    }
}

fn configure(variable: impl Fn(&str) -> Option<String> + Copy) -> Result<Config, Failure> {
    if Handle::try_current().is_ok() {
        return Err(Failure::InsideRuntime);
    }
    let (config, (), ()) = StartError::all((
        Config::read(variable),
        lambda::check(variable),
        authorities::trust(variable),
    ))?;
    Ok(config)
}

fn start_and_serve<S: Servable>(
    start: impl AsyncFnOnce(&Setup) -> Result<S, Box<dyn Error + Send + Sync>>,
    config: Config,
) -> Result<(), Failure> {
    keep_memory();
    seeding::check();
    let config = Arc::new(config);
    end_with(runtime(&config)?, async {
        let setup = Setup::new(Arc::clone(&config), |name| env::var(name).ok());
        // Lambda stops a process during its start without asking it.
        let mut stop: BoxFuture<'static, ()> = match &config.runtime_api {
            Some(_) => Box::pin(pending()),
            None => Box::pin(stop_signal()),
        };
        let service = build(start, &setup, config.start_limit, stop.as_mut()).await?;
        #[cfg(feature = "contract")]
        if contract::is_asked_for() {
            return Ok(contract::print(&setup.contracts())?);
        }
        spawn_prefetches(setup.take_prefetches());
        let key_caches = setup.key_caches();
        drop(setup);
        match &config.runtime_api {
            Some(api) => serve_lambda(service, api.clone(), &config, key_caches).await,
            None => Ok(serve_http(service, &config, stop).await?),
        }
    })
}

fn spawn_prefetches(prefetches: Vec<Prefetch>) {
    for work in prefetches {
        tokio::spawn(async move {
            for _ in 0..YIELDS_BEFORE_PREFETCH {
                yield_now().await;
            }
            work.await;
        });
    }
}

async fn serve_lambda<S>(
    service: S,
    api: String,
    config: &Config,
    key_caches: Vec<Arc<KeyCache>>,
) -> Result<(), Failure>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let mode = config.response_mode;
    // An environment that several calls share runs between calls, too.
    let settling = if config.concurrency > 1 { Vec::new() } else { key_caches };
    let settling = Settling::of(settling);
    // Spawned, not awaited here: each time the `block_on` future is woken, tokio polls its I/O driver.
    let serving = tokio::spawn(async move { lambda::serve(service, &api, mode, settling).await });
    let ended = serving.await.map_err(lambda_runtime_ended)?;
    ended.map_err(lambda_runtime_ended)
}

async fn serve_http<S>(
    service: S,
    config: &Config,
    mut stop: BoxFuture<'static, ()>,
) -> Result<(), StartError>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let cannot = |error| match config.http.platform {
        Platform::Container => StartError::new(
            PORT,
            format_args!(
                "{} cannot be served ({error}): set it to a free port",
                config.listen.port()
            ),
        ),
        Platform::WebFunction => StartError::new(
            HTTP_ENDPOINT,
            format_args!(
                "{} cannot be served ({error}): end the program that listens there, or unset the variable if this is \
                 not a Lambda Web Function",
                config.listen
            ),
        ),
    };
    let listener = Listener::bind(config.listen).await.map_err(cannot)?;
    let (limits, connections) = (config.http.clone(), config.http.connections()?);
    // Polled once, which installs the handlers of the signals: whoever reads "listening" may stop the process at once.
    if poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await {
        return Ok(());
    }
    info!(address = %listener.address().map_err(cannot)?, connections, "listening");
    let serving = serve_within(limits, connections, FromIncoming(service), listener, stop);
    // Spawned, so that connections are accepted on a worker thread, like those on which they are served.
    tokio::spawn(serving).await.map_err(|error| {
        StartError::new(
            HOST,
            format_args!(
                "is no longer served: accepting connections failed ({error}): restart the process"
            ),
        )
    })
}

fn lambda_runtime_ended(error: impl std::fmt::Display) -> Failure {
    Failure::Serving(StartError::new(
        RUNTIME_API,
        format_args!(
            "cannot be used: {error}: Lambda starts a new process by itself; elsewhere, set the variable to \
             the host and port of a Runtime API that is running"
        ),
    ))
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
