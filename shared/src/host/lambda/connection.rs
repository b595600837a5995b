//! A connection to the Runtime API that is used again only if its last exchange is over: the kernel has the whole
//! request, and the answer has been read. A server may answer before it has the whole request. hyper then still has
//! the rest to write, and the next request would wait behind that rest, which the server may never read.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::{
    client::conn::http1::{SendRequest, handshake},
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::watch, task::AbortHandle};

/// Why the connection broke.
pub(super) type Error = Box<dyn std::error::Error + Send + Sync>;

/// Sends one request after the other. `B` is the type of the requests' bodies.
pub(super) struct Connection<B: Body> {
    sender: SendRequest<Outgoing<B>>,
    progress: Arc<Progress>,
    driver: AbortHandle,
}

/// How an exchange ended, if the server answered.
pub(super) struct Exchange<B: Body> {
    pub(super) status: StatusCode,
    /// The connection, if it can be used again.
    pub(super) connection: Option<Connection<B>>,
}

/// Why an exchange failed.
pub(super) enum Unsent<B> {
    /// The connection was closed before any of the request was sent. Returns the request.
    Request(Box<Request<B>>),
    Broken(Error),
}

impl<B> Connection<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Error>,
{
    /// Connects to `host:port`, with `TCP_NODELAY`: without it, a small write waits up to 40 ms until the one before
    /// it is acknowledged.
    pub(super) async fn open(address: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let progress = Arc::<Progress>::default();
        let io = Watched { io: TokioIo::new(stream), progress: Arc::clone(&progress) };
        let (sender, driver) = handshake(io).await?;
        let driver = tokio::spawn(driver).abort_handle(); // ends with the connection
        Ok(Self { sender, progress, driver })
    }

    /// Waits until a request can be sent; `false` if the connection has been closed.
    pub(super) async fn is_open(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Sends `request`, and resolves when the exchange is over. If the server refuses the request early, the rest of
    /// the request is not sent.
    pub(super) async fn exchange(mut self, request: Request<B>) -> Result<Exchange<B>, Unsent<B>> {
        self.progress.begin();
        let progress = Arc::clone(&self.progress);
        let request = request.map(|body| Outgoing { body: Some(body), at_end: false, progress });
        let response = match self.sender.try_send_request(request).await {
            Ok(response) => response,
            Err(mut error) => {
                let unsent = error.take_message().and_then(|request| {
                    let (parts, mut outgoing) = request.into_parts();
                    Some(Box::new(Request::from_parts(parts, outgoing.body.take()?)))
                });
                return Err(unsent
                    .map_or_else(|| Unsent::Broken(error.into_error().into()), Unsent::Request));
            }
        };
        let status = response.status();
        // Read to its end, so that the connection can be used again.
        response.into_body().collect().await.map_err(|error| Unsent::Broken(error.into()))?;
        if status.is_success() && !self.progress.whole_body_was_taken().await {
            let error = "the connection was closed before the whole answer was sent";
            return Err(Unsent::Broken(error.into()));
        }
        let connection = if self.progress.all_is_sent() {
            Some(self)
        } else {
            if !status.is_success() {
                self.driver.abort();
            }
            None // hyper sends what is in its buffer, and closes the connection
        };
        Ok(Exchange { status, connection })
    }
}

/// How much of a request has been sent. Written by the connection's task, read by the task that waits for the
/// answer.
#[derive(Default)]
struct Progress {
    /// Set when hyper drops the body of the request: whether hyper had taken the whole body.
    body: watch::Sender<Option<bool>>,
    /// Part of the request is still in hyper's buffer.
    buffered: AtomicBool,
}

impl Progress {
    fn begin(&self) {
        self.body.send_replace(None);
        self.buffered.store(true, Ordering::Release);
    }

    /// Resolves when hyper has dropped the body. Yields whether hyper had taken the whole body.
    async fn whole_body_was_taken(&self) -> bool {
        self.body
            .subscribe()
            .wait_for(Option::is_some)
            .await
            .is_ok_and(|taken| *taken == Some(true))
    }

    fn all_is_sent(&self) -> bool {
        *self.body.borrow() == Some(true) && !self.buffered.load(Ordering::Acquire)
    }
}

/// The body of a request that is being sent. hyper drops it as soon as it has taken the whole body.
struct Outgoing<B: Body> {
    /// `None` once the body has been taken back.
    body: Option<B>,
    at_end: bool,
    progress: Arc<Progress>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Outgoing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(frame) = &polled {
            // hyper writes a frame, or the end of the body, into its buffer next.
            self.progress.buffered.store(true, Ordering::Release);
            self.at_end = frame.is_none();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B: Body> Drop for Outgoing<B> {
    fn drop(&mut self) {
        let Some(body) = &self.body else {
            return; // taken back: this connection no longer owns it
        };
        self.progress.body.send_replace(Some(self.at_end || body.is_end_stream()));
    }
}

/// A stream that records when hyper's write buffer is empty: hyper flushes its stream exactly then.
struct Watched {
    io: TokioIo<TcpStream>,
    progress: Arc<Progress>,
}

impl Read for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.progress.buffered.store(false, Ordering::Release);
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }
}

#[cfg(test)]
mod tests;
