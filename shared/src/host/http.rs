//! The plain HTTP host: the same callable behind HTTP/1.1, for containers and local runs. When a client goes away,
//! the handler's future is dropped. [`HttpLimits`] bounds the memory and time that a stranger's connection can
//! take.
//!
//! | file | concept |
//! |---|---|
//! | `limits` | how many connections, and how long each step of one may take |
//! | `places` | which connection is closed when all are taken |
//! | `connection` | one connection, from its first byte to its last |
//! | `progress`, `socket` | the state of a connection, derived from the bytes read and written |
//! | `service` | what is put around the function's service: the deadline, health checks |
//! | `seldom` | log lines that strangers can cause |

mod connection;
mod limits;
mod places;
mod progress;
mod seldom;
mod service;
mod socket;

#[cfg(test)]
mod tests;

use std::{
    convert::Infallible, error::Error, future::Future, io, net::SocketAddr, pin::pin, sync::Arc,
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    time::{sleep, timeout},
};
use tower_service::Service;
use tracing::{info, warn};

pub use self::limits::HttpLimits;
pub(super) use self::service::FromIncoming;
use self::{connection::Shared, places::Places, seldom::Seldom};
use crate::callable::Shutdown;

/// How long running calls may go on after the signal to stop. Then they are asked to end with UNAVAILABLE.
const GRACE: Duration = Duration::from_secs(8);
/// How long those answers may take to leave. Container hosts kill ten seconds after the signal.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Pause after a failed accept, instead of a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that the operating system holds for us until they are accepted, if it allows so many.
const BACKLOG: u32 = 4096;

/// A bound address that is not served yet.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use shared::host::Listener;
///
/// let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await?;
/// assert_ne!(listener.address()?.port(), 0);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Binds `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG).map(Self)
    }

    /// The address as bound.
    ///
    /// # Errors
    /// The operating system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves within the default [`HttpLimits`] until `stop` is ready, then lets running calls finish, for nine seconds
/// at most. Calls that take longer end with UNAVAILABLE.
///
/// The service is a [`crate::callable::CallableService`], or one that chooses among several by the
/// path.
pub async fn serve<S, B>(service: S, listener: Listener, stop: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    B::Data: Send,
{
    let limits = HttpLimits::default();
    let connections = limits.connections().unwrap_or(1); // fails only if `MAX_CONNECTIONS` is set
    serve_within(limits, connections, service, listener, stop).await;
}

/// The same within other limits, and as many `connections` at once.
pub(super) async fn serve_within<S, B>(
    limits: HttpLimits,
    connections: usize,
    service: S,
    listener: Listener,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    B::Data: Send,
{
    let places = Places::new(connections);
    let (stopping, end_calls) = (watch::Sender::new(false), Shutdown::new());
    let shared = Shared {
        service,
        protocol: Arc::new(connection::protocol()),
        limits: Arc::new(limits),
        stopping: stopping.subscribe(),
        ending: end_calls.signal(),
    };
    tokio::select! {
        () = stop => {}
        () = accept(&listener, &places, &shared) => {}
    }
    drop(listener);
    info!("stopping");
    stopping.send_replace(true);
    let mut all_ended = pin!(places.all_free());
    if timeout(GRACE, &mut all_ended).await.is_err() {
        end_calls.begin();
        let _ = timeout(LAST_WORDS, all_ended).await;
    }
}

/// Takes connections in, each as a task of its own, for ever.
async fn accept<S, B>(listener: &Listener, places: &Arc<Places>, shared: &Shared<S>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    B::Data: Send,
{
    let (mut failures, mut crowds) = (Seldom::default(), Seldom::default());
    for number in 0_u64.. {
        let stream = match listener.0.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                if let Some(left_out) = failures.due() {
                    warn!(%error, left_out, "accept failed");
                }
                // Most likely out of file descriptors: a connection that waits for its client is closed to free
                // one.
                places.evict_one();
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small and written whole: waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let place = places.take(number, &mut crowds).await;
        tokio::spawn(shared.clone().serve(stream, place));
    }
}

/// Ready when the process is asked to end: SIGTERM, or Ctrl-C.
pub(super) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
