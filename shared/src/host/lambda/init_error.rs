//! Tells the Runtime API why a function cannot start. The invocation then fails with the sentence from the log, and not
//! with "Runtime exited". Source: Lambda developer guide, "Initialization error".

use std::time::Duration;

use tokio::{runtime::Builder, time::timeout};
use tracing::warn;

use super::runtime_api::RuntimeApi;
use crate::host::error::StartError;

/// How long the process waits for the Runtime API, which is on the same machine, before it exits.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Posts `problem` to the Runtime API at the address `api`. If this fails, a warning is logged; the process exits in
/// either case.
pub(in super::super) fn report(api: &str, problem: &StartError) {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let reported = runtime.block_on(async {
        let post = async { RuntimeApi::new(api)?.cannot_start(&problem.to_string()).await };
        timeout(TIMEOUT, post).await?
    });
    if let Err(error) = reported {
        warn!(%error, "the failed start could not be reported to the Runtime API");
    }
    // Does not wait for the thread of a name lookup, which can take longer and cannot be stopped.
    runtime.shutdown_background();
}
