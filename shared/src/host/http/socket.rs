//! The socket of one connection. It reports the outcome of each read and write to [`Progress`], and distinguishes a
//! client that has disconnected from one that has only closed its sending side.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

use super::progress::Progress;

/// The stream that hyper reads from and writes to.
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    progress: Arc<Progress>,
}

impl Socket {
    pub(super) fn new(stream: Arc<TcpStream>, progress: Arc<Progress>) -> Self {
        Self { stream, progress }
    }

    fn poll_write_with(
        &self,
        context: &mut Context<'_>,
        first: &[u8],
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if let (Some(probe), Some(next)) = (self.progress.lock().skip_probe(), first.first()) {
            let written = if probe == *next { Ok(1) } else { Err(io::ErrorKind::Other.into()) };
            return Poll::Ready(written);
        }
        let written = poll_io(|| self.stream.poll_write_ready(context), || write(&self.stream));
        match written {
            Poll::Pending => self.progress.lock().cannot_write(),
            Poll::Ready(Ok(count)) => {
                self.progress.lock().has_written(first.get(..count).unwrap_or(first));
            }
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

/// Calls `io` each time the socket is `ready`, until the result is not `WouldBlock`.
fn poll_io(
    mut ready: impl FnMut() -> Poll<io::Result<()>>,
    mut io: impl FnMut() -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        ready!(ready())?;
        match io() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let unfilled = buffer.initialize_unfilled();
        let read =
            poll_io(|| self.stream.poll_read_ready(context), || self.stream.try_read(unfilled));
        match read {
            Poll::Pending => self.progress.lock().wants_more(),
            Poll::Ready(Ok(count)) => {
                buffer.advance(count);
                self.progress.lock().has_read(count);
            }
            Poll::Ready(Err(_)) => {}
        }
        read.map_ok(|_| ())
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, bytes, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        self.poll_write_with(context, first, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.progress.lock().has_flushed();
        Poll::Ready(Ok(()))
    }

    /// Does nothing: hyper drops the socket next, which closes it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Watches the client of one connection while a handler runs and hyper does not read.
pub(super) struct Client {
    stream: Arc<TcpStream>,
    /// Ready when the client has sent a reset. Set once the client has closed its sending side: from then on, only a
    /// reset shows that it has disconnected.
    reset: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Client {
    pub(super) fn new(stream: Arc<TcpStream>) -> Self {
        Self { stream, reset: None }
    }

    /// Ready when the client has disconnected and cannot read the answer.
    pub(super) fn poll_gone(&mut self, context: &mut Context<'_>, progress: &Progress) -> Poll<()> {
        if self.reset.is_none() {
            let mut byte = [0];
            match ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut byte))) {
                Ok(0) => {
                    let mut state = progress.lock();
                    if let Some(probe) = state.take_probe()
                        && self.stream.try_write(&[probe]).is_err()
                    {
                        // The send buffer is full. No probe is needed: the machine of a client that has disconnected
                        // answers the bytes in the buffer with a reset.
                        state.probe_failed();
                    }
                }
                Ok(_) => return Poll::Pending, // the next request, which hyper reads later
                Err(_) => return Poll::Ready(()),
            }
        }
        let stream = &self.stream;
        let reset = self.reset.get_or_insert_with(|| {
            let stream = Arc::clone(stream);
            Box::pin(async move {
                let _ = stream.ready(Interest::ERROR).await;
            })
        });
        reset.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use tokio::{io::AsyncWriteExt, net::TcpListener, time::sleep};

    use super::*;

    #[tokio::test]
    async fn a_probe_that_a_full_buffer_refuses_is_not_skipped_in_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let stream = Arc::new(stream);
        stream.writable().await.unwrap();
        // Fills the buffers of both sides. The peer reads nothing, but its operating system accepts bytes for a while.
        while stream.try_write(&[0]).is_ok() {
            while stream.try_write(&[0; 1 << 16]).is_ok() {}
            sleep(Duration::from_millis(50)).await;
        }
        let progress = Progress::new(tokio::time::Instant::now());
        progress.lock().call_begins();
        peer.shutdown().await.unwrap();
        stream.readable().await.unwrap();
        let mut client = Client::new(Arc::clone(&stream));
        poll_fn(|context| {
            assert!(client.poll_gone(context, &progress).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(progress.lock().skip_probe(), None);
        assert_eq!(progress.lock().take_probe(), None, "one probe per call");
    }
}
