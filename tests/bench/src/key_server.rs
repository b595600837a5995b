//! A mock of Google's key endpoint: with TLS, in both forms of the key set, with an optional delay.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use shared::testing::TestKeys;

/// Serves until the process ends. Each answer is delayed by `delay`, as by network latency.
pub(crate) fn start(tls: Arc<ServerConfig>, delay: Duration) -> String {
    let tls = move || ServerConnection::new(Arc::clone(&tls)).unwrap();
    serve("https", move |stream| answer(StreamOwned::new(tls(), stream), delay))
}

/// Serves this document at every path, near.
pub(crate) fn start_mirror(tls: Arc<ServerConfig>, document: String) -> String {
    let tls = move || ServerConnection::new(Arc::clone(&tls)).unwrap();
    let url = serve("https", move |stream| {
        answer_with(StreamOwned::new(tls(), stream), Duration::ZERO, |_| document.clone());
    });
    url.trim_end_matches("/jwks").to_owned()
}

/// Serves without TLS, for functions as they are shipped, which do not trust our root certificate.
pub(crate) fn start_plain() -> String {
    serve("http", |stream| answer(stream, Duration::ZERO))
}

fn serve(scheme: &str, connection: impl Fn(TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://{}/jwks", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = connection.clone();
            let _ = stream.set_nodelay(true);
            thread::spawn(move || connection(stream));
        }
    });
    url
}

/// A URL at which nothing listens.
pub(crate) fn down() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("https://{}/jwks", listener.local_addr().unwrap())
}

fn answer(stream: impl Read + Write, delay: Duration) {
    answer_with(stream, delay, |head| {
        let keys = TestKeys::shared();
        // firebase-admin reads certificates, and accepts a public key in PEM as well.
        if head.contains("/x509/") {
            json!({ keys.kid(): keys.public_key_pem() }).to_string()
        } else {
            keys.jwks()
        }
    });
}

fn answer_with(mut stream: impl Read + Write, delay: Duration, body: impl Fn(&str) -> String) {
    let mut buffer = [0; 4096];
    while let Ok(length) = stream.read(&mut buffer) {
        if length == 0 {
            return;
        }
        thread::sleep(delay);
        let head = String::from_utf8_lossy(&buffer[..length]);
        let body = body(&head);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=UTF-8\r\ncache-control: public, \
             max-age=21600\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}
