//! A client that keeps its connections open for later requests. It links some 50 KB that [`Https`](super::Https) does
//! not need: hyper-util's pool of connections.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::time::timeout;

use super::{
    connector::Connector,
    failure::{SendError, while_connecting},
    https::{Limits, with_whole_body},
};
use crate::{
    Redacted,
    clock::{Moment, SystemClock},
};

/// How long a connection may be idle and still be used. AWS and Google close idle connections after a minute or more.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// A client for frequent requests to few hosts: HTTPS, or HTTP to local servers. It keeps connections for 30 seconds.
/// For HTTPS it uses the proxy in the environment (`HTTPS_PROXY`, `NO_PROXY`). Does not follow redirects, and repeats a
/// request only if no part of it was sent.
///
/// A Lambda sandbox is frozen between calls, and its connections may die meanwhile without a sign. So the idle time is
/// measured by two clocks, of which one does not stop; and once a request was not answered, no connection is used that
/// was idle by then.
#[derive(Debug, Default)]
pub struct KeptHttps {
    limits: Limits,
    clock: SystemClock,
    /// Made at the first request. Redacted: the address of a proxy may contain a password.
    connector: Redacted<OnceLock<Connector>>,
    clients: Redacted<Kept<HttpClient>>,
}

/// Clones share the connections.
type HttpClient = Client<Connector, Full<Bytes>>;

impl KeptHttps {
    /// A client with these limits.
    ///
    /// ```
    /// use shared::net::{KeptHttps, Limits};
    ///
    /// let client = KeptHttps::new(Limits { body_bytes: 1 << 20, ..Limits::default() });
    /// ```
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Sends `request`, whose URI is absolute, and returns the answer, whose body may have `most_bytes`, and no more
    /// than the client's limits say.
    ///
    /// # Errors
    /// There is no complete answer within the limits. If the error
    /// [occurred before sending](SendError::is_before_sending), the server has received no part of the request.
    /// Otherwise the server may have acted on the request.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        most_bytes: usize,
    ) -> Result<Response<Bytes>, SendError> {
        let mut attempt = Attempt { clients: &self.clients.0, is_answered: false };
        let most_bytes = most_bytes.min(self.limits.body_bytes);
        let answer = timeout(self.limits.total, self.exchange(request, most_bytes)).await;
        let answer = answer.unwrap_or(Err(SendError::Timeout));
        attempt.is_answered = matches!(answer, Ok(_) | Err(SendError::TooLarge));
        answer
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        most_bytes: usize,
    ) -> Result<Response<Bytes>, SendError> {
        let connect =
            || self.connector.0.get_or_init(|| Connector::of_process(self.limits.connect));
        let client = self.clients.0.at(Moment::now(&self.clock), || {
            Client::builder(TokioExecutor::new()).build(connect().clone())
        });
        let response = client.request(request.map(Full::new)).await;
        let response = response.map_err(|error| match error.is_connect() {
            true => while_connecting(&error),
            false => SendError::Broken,
        })?;
        with_whole_body(response, most_bytes).await
    }
}

/// A client whose idle connections may be used, and when it was last used.
struct Kept<C>(Mutex<Option<(C, Moment)>>);

impl<C> Default for Kept<C> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<C: Clone> Kept<C> {
    /// The client at the time `now`: a new one if the last was not used for too long.
    fn at(&self, now: Moment, new: impl FnOnce() -> C) -> C {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match kept.take() {
            Some((client, used)) if now.since(used) < MAX_IDLE => client,
            _ => new(),
        };
        *kept = Some((client.clone(), now));
        client
    }
}

/// One request. If it is dropped without an answer, the idle connections are closed: they may be as dead as its own.
struct Attempt<'a> {
    clients: &'a Kept<HttpClient>,
    is_answered: bool,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.clients.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FixedClock;

    #[test]
    fn connections_that_were_idle_for_30_seconds_are_not_used_again() {
        let (clock, kept) = (FixedClock::at(1_800_000_000), Kept::default());
        let after = |seconds, next: u8| {
            clock.advance(Duration::from_secs(seconds));
            kept.at(Moment::now(&clock), || next)
        };
        assert_eq!(after(0, 1), 1);
        assert_eq!(after(29, 2), 1);
        assert_eq!(after(29, 3), 1, "counted from the last request");
        assert_eq!(after(30, 4), 4);
        // In a frozen sandbox one of the two clocks stops.
        clock.freeze_for(Duration::from_secs(30));
        assert_eq!(after(0, 5), 5);
    }
}
