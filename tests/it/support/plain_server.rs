//! A function as a container runs it: it serves plain HTTP on a free port. Each one has its own key server.

use std::path::PathBuf;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{PROJECT, key_server::KeyServer, process::Process, soon};

pub(crate) struct PlainServer {
    pub(crate) process: Process,
    pub(crate) address: String,
}

impl PlainServer {
    pub(crate) async fn start(binary: PathBuf, variables: &[(&str, &str)]) -> Self {
        Self::start_under(&[], binary, variables).await
    }

    /// Starts the function as the last argument of another program, such as prlimit.
    pub(crate) async fn start_under(
        program: &[&str],
        binary: PathBuf,
        variables: &[(&str, &str)],
    ) -> Self {
        let keys = KeyServer::start().await;
        let mut all = vec![
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url),
            ("PORT", "0"),
        ];
        all.extend(variables);
        let process = Process::start_under(program, binary, &all);
        let record = process.record_with("listening").await;
        let address = record["address"].as_str().unwrap().to_owned();
        if !variables.iter().any(|(name, _)| *name == "HOST") {
            assert!(address.starts_with("127.0.0.1:"), "{address} is not the default");
        }
        Self { process, address }
    }

    /// Opens a connection and sends these bytes on it.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        stream
    }
}

/// The bytes of a call, on a connection that the client keeps open.
pub(crate) fn call(data: &str, headers: &str) -> String {
    let body = format!(r#"{{"data":{data}}}"#);
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The header with which a client asks for a stream.
pub(crate) const STREAM: &str = "accept: text/event-stream\r\n";

/// Reads until this text has arrived.
pub(crate) async fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(text) {
        let count = soon(text, stream.read_buf(&mut seen)).await.unwrap();
        assert_ne!(count, 0, "ended before {text:?}: {}", String::from_utf8_lossy(&seen));
    }
    String::from_utf8(seen).unwrap()
}

/// Reads until the server closes the connection.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let _ = soon("the end of a connection", stream.read_to_end(&mut seen)).await;
    String::from_utf8(seen).unwrap()
}
