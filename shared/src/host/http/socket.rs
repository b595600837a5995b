//! The socket of one connection. It reports the outcome of each read and write, and distinguishes a client that has
//! gone from one that has only closed its sending side.

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
        if let (Some(byte), Some(next)) = (self.progress.lock().skip_byte_ahead(), first.first()) {
            return Poll::Ready(if byte == *next {
                Ok(1)
            } else {
                Err(io::ErrorKind::Other.into())
            });
        }
        loop {
            let Poll::Ready(writable) = self.stream.poll_write_ready(context) else {
                self.progress.lock().cannot_write();
                return Poll::Pending;
            };
            writable?;
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(count) => {
                    self.progress.lock().has_written(first.get(..count).unwrap_or(first));
                    return Poll::Ready(Ok(count));
                }
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let Poll::Ready(readable) = self.stream.poll_read_ready(context) else {
                self.progress.lock().wants_more();
                return Poll::Pending;
            };
            readable?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(count) => {
                    buffer.advance(count);
                    self.progress.lock().has_read(count);
                    return Poll::Ready(Ok(()));
                }
            }
        }
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

    /// Closed when dropped, which is next.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Watches the client of one connection while a handler runs and hyper does not read.
pub(super) struct Client {
    stream: Arc<TcpStream>,
    /// It has closed its sending side. Then only a reset says that it has gone.
    reset: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Client {
    pub(super) fn new(stream: Arc<TcpStream>) -> Self {
        Self { stream, reset: None }
    }

    /// Ready when the client has gone and cannot read the answer.
    pub(super) fn poll_gone(&mut self, context: &mut Context<'_>, progress: &Progress) -> Poll<()> {
        if self.reset.is_none() {
            let mut byte = [0];
            match ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut byte))) {
                Ok(0) => {
                    let mut state = progress.lock();
                    if let Some(byte) = state.take_byte_ahead()
                        && self.stream.try_write(&[byte]).is_err()
                    {
                        // A full buffer does not take the byte. The bytes that fill it get the same reset from a
                        // client that has gone.
                        state.byte_ahead_stays();
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
    async fn a_byte_that_a_full_buffer_does_not_take_is_not_left_out_of_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let stream = Arc::new(stream);
        stream.writable().await.unwrap();
        // Until the system has moved all that it can to the other side, which reads nothing.
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
        assert_eq!(progress.lock().skip_byte_ahead(), None);
        assert_eq!(progress.lock().take_byte_ahead(), None, "tried once");
    }
}
