//! Tells the Runtime API why a function cannot start. The invocation then fails with the sentence from the log, and not
//! with "Runtime exited". Source: Lambda developer guide, "Initialization error".

use std::{thread, time::Duration};

use tokio::{runtime::Builder, time::timeout};
use tracing::warn;

use super::runtime_api::RuntimeApi;

/// How long the process waits for the Runtime API, which is on the same machine, before it exits.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Posts `problem`, an error of the type `kind`, to the Runtime API at the address `api`. If this fails, a warning is
/// logged; the process exits in either case.
///
/// On a thread of its own, because the problem may be that this thread is inside a runtime, which could not be awaited.
pub(in super::super) fn report(api: &str, kind: &'static str, problem: &str) {
    thread::scope(|scope| {
        scope.spawn(|| post(api, kind, problem));
    });
}

fn post(api: &str, kind: &'static str, problem: &str) {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let reported = runtime.block_on(async {
        let post = async { RuntimeApi::new(api)?.cannot_start(kind, problem).await };
        timeout(TIMEOUT, post).await?
    });
    if let Err(error) = reported {
        warn!(%error, "the failed start could not be reported to the Runtime API");
    }
    // Does not wait for the thread of a name lookup, which can take longer and cannot be stopped.
    runtime.shutdown_background();
}
