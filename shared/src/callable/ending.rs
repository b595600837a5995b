//! The signal by which a host that is about to end tells its running calls.

use std::future::pending;

use tokio::sync::watch;

/// Resolves when the host is about to end, so that a running call can still answer UNAVAILABLE.
#[derive(Debug, Clone)]
pub(crate) struct HostEnding(watch::Receiver<bool>);

/// The host's side of every [`HostEnding`] that it handed out.
#[derive(Debug)]
pub(crate) struct EndCalls(watch::Sender<bool>);

impl EndCalls {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// The receiver for one call.
    pub(crate) fn listen(&self) -> HostEnding {
        HostEnding(self.0.subscribe())
    }

    /// Asks every running call, and every later one, to end now.
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }
}

impl HostEnding {
    /// Waits for the host's end; forever, if the host is dropped without announcing it.
    pub(crate) async fn wait(mut self) {
        if self.0.wait_for(|ends| *ends).await.is_err() {
            pending().await
        }
    }
}

/// Two are equal if the same host handed them out.
impl PartialEq for HostEnding {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl Eq for HostEnding {}
