//! Awaits the author's start, and ends it if it panics, takes too long, or the process is asked to stop.

use std::{error::Error, future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::failure::Failure;
use crate::host::{servable::Servable, setup::Setup};

/// Makes the service that `start` returns. A start that is ready at once costs neither a timer nor a signal handler:
/// their futures are polled only if it is not.
pub(super) async fn build<S: Servable>(
    start: impl AsyncFnOnce(&Setup) -> Result<S, Box<dyn Error + Send + Sync>>,
    setup: &Setup,
    limit: Duration,
    stop: impl Future<Output = ()>,
) -> Result<S::Service, Failure> {
    let started = AssertUnwindSafe(async { start(setup).await }).catch_unwind();
    tokio::select! {
        biased;
        started = started => match started {
            Ok(Ok(servable)) => Ok(servable.into_served(setup)?),
            Ok(Err(error)) => Err(Failure::returned(error)),
            Err(panic) => Err(Failure::panicked(&*panic)),
        },
        () = async { sleep(limit).await } => Err(Failure::TimedOut(limit)),
        () = stop => Err(Failure::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use super::*;
    use crate::{
        callable::{Callable, CallableRequest},
        host::config::Config,
    };

    async fn who(request: CallableRequest<String>) -> Result<String, crate::HttpsError> {
        Ok(request.data)
    }

    /// Runs a start, in a process that has these variables in addition to its project's.
    async fn built(
        start: impl AsyncFnOnce(&Setup) -> Result<Callable, Box<dyn Error + Send + Sync>>,
        variables: &'static [(&str, &str)],
        stop: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let read = move |name: &str| {
            let all = [&[("FIREBASE_PROJECT_ID", "my-app")], variables].concat();
            let value = all.iter().find(|(key, _)| *key == name);
            value.map(|(_, value)| (*value).to_owned())
        };
        let config = Arc::new(Config::read(read).unwrap());
        let setup = Setup::new(Arc::clone(&config), read);
        build(start, &setup, config.start_limit, stop).await.map(drop)
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_may_take_as_long_as_lambda_allows_but_for_a_second_or_more() {
        const API: (&str, &str) = ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
        const TYPE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
        let cases: [(&[(&str, &str)], u64); 6] = [
            (&[API], 9),
            (&[API, (TYPE, "on-demand")], 9),
            (&[API, (TYPE, "provisioned-concurrency")], 125),
            (&[API, (TYPE, "snap-start")], 125),
            (&[API, (TYPE, "lambda-managed-instances")], 125),
            (&[], 60),
        ];
        for (variables, limit) in cases {
            let limit = Duration::from_secs(limit);
            let of = |time| {
                async move |_: &Setup| {
                    sleep(time).await;
                    Ok(Callable::new(who))
                }
            };
            let almost = limit.checked_sub(Duration::from_millis(2)).unwrap();
            assert!(built(of(almost), variables, pending()).await.is_ok(), "{variables:?}");
            let late = built(of(limit + Duration::from_millis(2)), variables, pending()).await;
            let Err(Failure::TimedOut(after)) = late else { panic!("{variables:?}: {late:?}") };
            assert_eq!(after, limit, "{variables:?}");
        }
    }

    #[tokio::test]
    async fn any_error_ends_a_start_and_one_about_a_variable_stays_what_it_is() {
        let text = async |_: &Setup| Err("no table")?;
        let Err(Failure::Start(error)) = built(text, &[], pending()).await else { panic!() };
        assert_eq!(error.to_string(), "no table");
        let missing = async |_: &Setup| Err(crate::host::StartError::new("X", "is not set"))?;
        let Err(Failure::Configuration(error)) = built(missing, &[], pending()).await else {
            panic!()
        };
        assert_eq!(error.to_string(), "X is not set");
    }

    #[tokio::test]
    async fn a_panic_ends_a_start_before_and_after_its_first_await() {
        for awaits in [false, true] {
            let start = async |_: &Setup| {
                if awaits {
                    tokio::task::yield_now().await;
                }
                panic!("a literal")
            };
            let ended = built(start, &[], pending()).await;
            assert!(matches!(ended, Err(Failure::Panic(Some("a literal")))), "{ended:?}");
        }
    }

    #[tokio::test]
    async fn a_start_that_is_ready_at_once_is_not_stopped_and_one_that_waits_is() {
        let ready = async |_: &Setup| Ok(Callable::new(who));
        assert!(built(ready, &[], async {}).await.is_ok());
        let waits = async |_: &Setup| pending().await;
        assert!(matches!(built(waits, &[], async {}).await, Err(Failure::Stopped)));
    }
}
