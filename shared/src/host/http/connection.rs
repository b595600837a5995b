//! One connection. hyper speaks HTTP on it. This file closes it when its client has disconnected, when it has waited
//! too long for its client, or when a new connection needs its place.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    limits::HttpLimits,
    places::Place,
    progress::Progress,
    service::{Calls, HttpService},
    socket::{Client, Socket},
};
use crate::callable::ShutdownSignal;

/// The longest head of a request. It bounds hyper's buffers, and so the memory that a connection can occupy before its
/// call begins. Other servers have the same limit (64 KB at AWS's load balancers).
const MAX_BUFFER: usize = 64 << 10;

/// hyper's settings for every connection.
pub(super) fn protocol() -> http1::Builder {
    let mut protocol = http1::Builder::new();
    // hyper's own timeout for a head is off, because it also runs between two calls. `progress` has one limit for the
    // head and another for the time between two calls.
    protocol.timer(TokioTimer::new()).header_read_timeout(None);
    protocol.half_close(true).max_buf_size(MAX_BUFFER);
    protocol
}

/// What all connections share.
#[derive(Clone)]
pub(super) struct Shared<S> {
    pub(super) service: S,
    pub(super) protocol: Arc<http1::Builder>,
    pub(super) limits: Arc<HttpLimits>,
    /// True when no further request is accepted.
    pub(super) stopping: watch::Receiver<bool>,
    /// Ready when running calls have to end.
    pub(super) ending: ShutdownSignal,
}

impl<S: HttpService> Shared<S> {
    /// Serves one connection to its end. A connection's error is ignored: the client caused it, and a call that it
    /// interrupted has a log record of its own.
    pub(super) async fn serve(mut self, stream: TcpStream, mut place: Place) {
        let other_end = stream.peer_addr().ok().map(|address| address.ip().to_canonical());
        let stream = Arc::new(stream);
        let progress = Arc::new(Progress::new(Instant::now()));
        let mut client = Client::new(Arc::clone(&stream));
        let socket = TokioIo::new(Socket::new(stream, Arc::clone(&progress)));
        let calls = Calls {
            service: self.service,
            progress: Arc::clone(&progress),
            limits: Arc::clone(&self.limits),
            other_end,
            ending: self.ending,
        };
        let connection = self.protocol.serve_connection(socket, TowerToHyperService::new(calls));
        let mut connection = pin!(connection);
        let mut stop = pin!(async move {
            let _ = self.stopping.wait_for(|stopping| *stopping).await;
        });
        let mut stopped = false;
        let mut timer = pin!(sleep_until(Instant::now()));

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
                    return Poll::Ready(()); // at most a part of a request has arrived
                }
                (state.in_call(), state.waits_since(), state.gives_up_at(&self.limits))
            };
            place.waits(waits_since);
            if (in_call && client.poll_gone(context, &progress).is_ready())
                || place.poll_close(context).is_ready()
            {
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
