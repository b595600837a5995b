//! An issuer of keys that has the fault which a test chooses, and loses it when the test says so. It writes raw bytes,
//! because most faults are no HTTP.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use shared::testing::TestKeys;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What is wrong with the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It takes connections and never answers.
    Silent,
    /// It sends one byte of its answer each time it could send all.
    Slow,
    /// It closes each connection without an answer.
    Closes,
    /// It closes each connection in the middle of the body.
    ClosesInBody,
    /// Every second connection fails.
    Flaps,
    /// It answers this text, whatever is asked.
    Says(&'static str),
    /// It redirects to itself.
    Redirects,
    /// Its answer has no end.
    Endless,
}

pub(crate) struct FaultyIssuer {
    pub(crate) url: String,
    state: Arc<State>,
}

struct State {
    url: String,
    fault: watch::Sender<Fault>,
    keys: Mutex<String>,
    requests: AtomicUsize,
}

impl FaultyIssuer {
    pub(crate) async fn start(fault: Fault, keys: &TestKeys) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let keys = Mutex::new(json!({ "keys": [keys.jwk()] }).to_string());
        let (fault, requests) = (watch::Sender::new(fault), AtomicUsize::new(0));
        let state = Arc::new(State { url: url.clone(), fault, keys, requests });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(stream));
            }
        });
        Self { url, state }
    }

    /// From now on it has this fault.
    pub(crate) fn now(&self, fault: Fault) {
        self.state.fault.send_replace(fault);
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl State {
    /// Serves one connection. When the fault changes, what hangs is closed.
    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let mut changes = self.fault.subscribe();
        let fault = *changes.borrow_and_update();
        tokio::select! {
            () = self.answer(&mut stream, fault) => {}
            _ = changes.changed() => {}
        }
    }

    async fn answer(&self, stream: &mut TcpStream, fault: Fault) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
                return;
            }
        }
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let fault = match fault {
            Fault::Flaps if number.is_multiple_of(2) => Fault::Closes,
            Fault::Flaps => Fault::None,
            other => other,
        };
        let good = self.good();
        let _ = match fault {
            Fault::None | Fault::Flaps => stream.write_all(good.as_bytes()).await,
            Fault::Closes => Ok(()),
            Fault::ClosesInBody => stream.write_all(&good.as_bytes()[..good.len() - 40]).await,
            Fault::Says(text) => stream.write_all(text.as_bytes()).await,
            Fault::Redirects => {
                let to = format!(
                    "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
                    self.url
                );
                stream.write_all(to.as_bytes()).await
            }
            Fault::Silent => std::future::pending().await,
            Fault::Slow => {
                for byte in good.bytes() {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    // Slower than any client waits, however fast the machine is.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
                Ok(())
            }
            Fault::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"keys\":[").await;
                while stream.write_all(&[b' '; 4096]).await.is_ok() {}
                return;
            }
        };
    }

    fn good(&self) -> String {
        let keys = self.keys.lock().unwrap();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: max-age=21600\r\ncontent-length: \
             {}\r\nconnection: close\r\n\r\n{keys}",
            keys.len()
        )
    }
}
