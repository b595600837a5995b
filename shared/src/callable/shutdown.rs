//! The signal by which a host that is shutting down ends its running calls.

use std::future::pending;

use tokio::sync::watch;

/// The host's side: one per host.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// A call's side: resolves when the host shuts down, so that the call can still answer UNAVAILABLE.
#[derive(Debug, Clone)]
pub(crate) struct ShutdownSignal(watch::Receiver<bool>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn signal(&self) -> ShutdownSignal {
        ShutdownSignal(self.0.subscribe())
    }

    /// Ends every running call, and every later call when it first has to wait.
    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// Waits for the shutdown; forever, if the host is dropped without one.
    pub(crate) async fn wait(mut self) {
        if self.0.wait_for(|has_begun| *has_begun).await.is_err() {
            pending().await
        }
    }
}
