//! The plain HTTP host: the same callable behind HTTP/1.1, for containers and quick local runs.
//! A client that goes away drops the handler's future.

use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use http_body_util::Either;
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, time::sleep};
use tower_service::Service;
use tracing::{info, warn};

use super::RequestBody;

/// How long a client may take over the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long running calls may take after the signal to stop; container hosts kill after ten.
const GRACE: Duration = Duration::from_secs(9);
/// Pause after a failed accept (out of descriptors), instead of a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Binds `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// The address as bound.
    ///
    /// # Errors
    /// The operating system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until `stop` is ready, then lets running calls finish for nine seconds at most.
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
    let service = TowerToHyperService::new(service);
    let connections = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let server = Arc::new(server);

    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.0.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small and written whole: waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let connection = server.serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A broken connection is the client's affair; the call has its record.
            let _ = connection.await;
        });
    }
    drop(listener);
    info!("stopping");
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}

/// A service that takes the bodies of either host, for this one.
#[derive(Clone)]
pub(super) struct FromIncoming<S>(pub(super) S);

impl<S: Service<Request<RequestBody>>> Service<Request<Incoming>> for FromIncoming<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Incoming>) -> S::Future {
        self.0.call(request.map(Either::Left))
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
