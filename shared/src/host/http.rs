//! The plain HTTP host: serves a callable over HTTP/1.1, for containers and local runs. When a client disconnects,
//! the handler's future is dropped. [`HttpLimits`] bounds the memory and time that one connection can take.
//!
//! | file | concept |
//! |---|---|
//! | `limits` | how many connections, and how long each step of one may take |
//! | `platform` | what a container host and Lambda Web Functions do differently |
//! | `places` | which connection is closed when the limit is reached |
//! | `connection` | serves one connection with hyper, and ends it early where a limit says so |
//! | `progress`, `socket` | the state of a connection, derived from the bytes read and written |
//! | `service` | the layers around the function's service: the call's deadline, health checks |
//! | `log_throttle` | at most one log line per second of each kind that any client can cause |

mod connection;
mod limits;
mod log_throttle;
mod places;
mod platform;
mod progress;
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
#[cfg(unix)]
use tokio::signal::unix;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::ctrl_c,
    sync::watch,
    time::{sleep, timeout},
};
use tower_service::Service;
use tracing::{info, warn};

pub use self::limits::HttpLimits;
use self::{connection::Shared, log_throttle::LogThrottle, places::Places, service::HttpService};
pub(super) use self::{platform::Platform, service::FromIncoming};
use crate::callable::Shutdown;

/// Pause after a failed accept, to avoid a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that the operating system queues until they are accepted; its own limit may be lower.
const BACKLOG: u32 = 4096;

/// A listening socket. Connections queue until [`serve`] accepts them.
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
    /// The address is in use, or does not belong to this machine.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG).map(Self)
    }

    /// The bound address, with the port that was picked for port 0.
    ///
    /// # Errors
    /// The operating system does not return the address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves connections within the default [`HttpLimits`] until `stop` is ready. Running calls may then take eight more
/// seconds; those that take longer end with UNAVAILABLE, and one second is left to send these answers.
///
/// The service is a [`crate::callable::CallableService`], or one that selects one of several by the path.
pub async fn serve<S, B>(service: S, listener: Listener, stop: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let limits = HttpLimits::default();
    let connections = limits.connections().unwrap_or(1); // fails only if `MAX_CONNECTIONS` is set
    serve_within(limits, connections, service, listener, stop).await;
}

/// [`serve`] with these limits, and with at most `connections` open at once.
pub(super) async fn serve_within(
    limits: HttpLimits,
    connections: usize,
    service: impl HttpService,
    listener: Listener,
    stop: impl Future<Output = ()>,
) {
    let places = Places::new(connections);
    let platform = limits.platform;
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
    if timeout(platform.grace(), &mut all_ended).await.is_err() {
        end_calls.begin();
        let _ = timeout(platform.last_answers(), all_ended).await;
    }
}

/// Accepts connections and spawns a task for each. Never ends.
async fn accept(listener: &Listener, places: &Arc<Places>, shared: &Shared<impl HttpService>) {
    let (mut failures, mut full) = (LogThrottle::default(), LogThrottle::default());
    for number in 0_u64.. {
        let stream = match listener.0.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                if let Some(left_out) = failures.due() {
                    warn!(%error, left_out, "accept failed");
                }
                // The usual cause is that no file descriptor is left: closing a connection that waits for its client
                // frees one.
                places.evict_one();
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Nagle's algorithm holds back a small write until the client has acknowledged the previous one. That only
        // delays answers.
        let _ = stream.set_nodelay(true);
        let place = places.take(number, &mut full).await;
        tokio::spawn(shared.clone().serve(stream, place));
    }
}

/// Ready when the process is asked to stop, by SIGTERM or Ctrl-C.
pub(super) async fn stop_signal() {
    #[cfg(unix)]
    if let Ok(mut terminate) = unix::signal(unix::SignalKind::terminate()) {
        tokio::select! {
            _ = ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = ctrl_c().await;
}
