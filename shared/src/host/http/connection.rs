//! One connection, from its first byte to its last: hyper speaks HTTP on it, and this file ends it when its client
//! has gone, has kept it waiting too long, or must make room for another.

use std::{
    error::Error,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use http_body::Body;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, sync::watch, time::sleep_until};
use tower_service::Service;

use super::{
    limits::HttpLimits,
    places::Place,
    progress::Progress,
    service::Calls,
    socket::{Client, Socket},
};
use crate::callable::ShutdownSignal;

/// The longest head of a request: as much as other servers take (64 KB at AWS's load balancers), since a stranger's
/// connection can hold this much memory.
const MAX_BUFFER: usize = 64 << 10;

/// How HTTP is spoken on every connection.
pub(super) fn protocol() -> http1::Builder {
    let mut protocol = http1::Builder::new();
    // hyper's own timeout for a head is off, because it also runs between two calls; the times of a connection are
    // watched below.
    protocol.timer(TokioTimer::new()).header_read_timeout(None);
    protocol.half_close(true).max_buf_size(MAX_BUFFER);
    protocol
}

/// The state that all connections share.
#[derive(Clone)]
pub(super) struct Shared<S> {
    pub(super) service: S,
    pub(super) protocol: Arc<http1::Builder>,
    pub(super) limits: Arc<HttpLimits>,
    /// True when no further request is taken.
    pub(super) stopping: watch::Receiver<bool>,
    /// When calls are asked to end.
    pub(super) ending: ShutdownSignal,
}

impl<S> Shared<S> {
    /// Serves one connection to its end. The error of a broken one is dropped: the client caused it, and the call
    /// has its record.
    pub(super) async fn serve<B>(mut self, stream: TcpStream, mut place: Place)
    where
        S: Service<hyper::Request<Incoming>, Response = hyper::Response<B>>,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S: Clone + Send + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
        B::Data: Send,
    {
        let stream = Arc::new(stream);
        let progress = Arc::new(Progress::new(tokio::time::Instant::now()));
        let mut client = Client::new(Arc::clone(&stream));
        let socket = TokioIo::new(Socket::new(stream, Arc::clone(&progress)));
        let timeout = self.limits.request_timeout;
        let calls = Calls::new(self.service, Arc::clone(&progress), timeout, self.ending);
        let connection = self.protocol.serve_connection(socket, TowerToHyperService::new(calls));
        let mut connection = pin!(connection);
        let mut stop = pin!(async move {
            let _ = self.stopping.wait_for(|stopping| *stopping).await;
        });
        let mut stopped = false;
        let mut timer = pin!(sleep_until(tokio::time::Instant::now()));

        poll_fn(|context| {
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            if !stopped && stop.as_mut().poll(context).is_ready() {
                stopped = true;
                connection.as_mut().graceful_shutdown();
                if connection.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
            }
            let (in_call, waits_since, gives_up_at) = {
                let state = progress.lock();
                if stopped && state.is_between_calls() {
                    return Poll::Ready(()); // half a request, at most
                }
                (state.in_call(), state.waits_since(), state.gives_up_at(&self.limits))
            };
            if in_call && client.poll_gone(context, &progress).is_ready() {
                return Poll::Ready(());
            }
            place.waits(waits_since);
            if place.poll_leave(context).is_ready() {
                return Poll::Ready(());
            }
            let Some(moment) = gives_up_at else {
                return Poll::Pending;
            };
            if timer.deadline() != moment {
                timer.as_mut().reset(moment);
            }
            timer.as_mut().poll(context)
        })
        .await;
    }
}
