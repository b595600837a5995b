//! A body of any shape may take at most eight times its length and 16 MB of memory, by the kernel's figures for running
//! binaries. The release binary gets all shapes in one process, with as many threads as this machine has cores. Each
//! type of a handler gets each shape in a fresh process with one thread, because glibc keeps the memory that earlier
//! calls have freed, for each thread separately.

mod figures;
mod shapes;

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use self::{
    figures::{Figures, Peak},
    shapes::{SHAPES, points},
};
use crate::{
    guards::start_shipped,
    support::{
        PROJECT,
        event::Event,
        plain_server::PlainServer,
        process::{Process, hungry, shipped},
        soon,
    },
};

/// The length of the longest body that fits into Lambda's largest event.
const LAMBDA: usize = 6_000_000;
/// The default limit of the plain HTTP host.
const PLAIN: usize = 32 << 20;
/// The memory of the released program after its first call.
const RELEASED: usize = 7_000_000;
/// The address space of a process in these tests, in bytes, as `prlimit` takes it.
const SMALL: [&str; 2] = ["prlimit", "--as=268435456"];

struct Server {
    plain: PlainServer,
    peak: Peak,
    /// How much more memory the program takes after its first call than the released one, because it is not optimized.
    excess: usize,
}

async fn server(watcher: &[&str], binary: PathBuf, more: &[(&str, &str)]) -> Server {
    let plain = PlainServer::start_under(watcher, binary, more).await;
    Server { peak: Peak(plain.process.id()), plain, excess: 0 }
}

/// The program that parses any `data`, on one thread: glibc keeps freed memory for each thread separately, and only the
/// cost of the types is measured here.
async fn hungry_server(handler: &str) -> Server {
    let variables = [("HANDLER", handler), ("TOKIO_WORKER_THREADS", "1")];
    let mut server = server(&SMALL, hungry(), &variables).await;
    server.answer(br#"{"data":null}"#, false).await;
    server.excess = server.peak.bytes().saturating_sub(RELEASED);
    server
}

impl Server {
    /// The status and the body of the answer to `body`, sent whole or in chunks of one byte.
    async fn answer(&self, body: &[u8], in_chunks: bool) -> (u16, String) {
        let (mut from, mut to) =
            TcpStream::connect(&self.plain.address).await.unwrap().into_split();
        let head =
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let write = async {
            if !in_chunks {
                let head = format!("{head}content-length: {}\r\n\r\n", body.len());
                to.write_all(head.as_bytes()).await?;
                return to.write_all(body).await;
            }
            to.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
            for part in body.chunks(10_000) {
                let chunks: Vec<u8> = part
                    .iter()
                    .flat_map(|byte| [b'1', b'\r', b'\n', *byte, b'\r', b'\n'])
                    .collect();
                to.write_all(&chunks).await?;
            }
            to.write_all(b"0\r\n\r\n").await
        };
        let mut answer = String::new();
        let (written, read) =
            tokio::join!(write, soon("an answer", from.read_to_string(&mut answer)));
        written.unwrap();
        read.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head["HTTP/1.1 ".len()..][..3].parse().unwrap(), body.to_owned())
    }

    /// Measures the memory that an answer takes; the answer must have protocol form.
    async fn measured(&self, figures: &mut Figures, what: &str, body: &[u8], in_chunks: bool) {
        self.peak.forget();
        let (status, answer) = self.answer(body, in_chunks).await;
        let peak = self.peak.bytes() - self.excess;
        figures.add(what, body.len(), peak, &answer);
        assert!(matches!(status, 200 | 400 | 401), "{what}: {status} {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["error"]["status"].is_string() || !answer["result"].is_null(), "{what}");
    }
}

#[tokio::test]
async fn the_plain_host_answers_any_body_in_a_small_address_space_and_keeps_running() {
    let mut server = server(&SMALL, shipped(), &[]).await;
    let mut figures = Figures::default();
    for (name, shape) in SHAPES {
        server.measured(&mut figures, name, &shape(LAMBDA), false).await;
    }
    assert!(server.plain.process.is_running());
    let (status, answer) = server.answer(br#"{"data":{"text":"some message"}}"#, false).await;
    assert_eq!(status, 401, "{answer}");
    assert!(answer.contains("while authenticated"), "{answer}");
    figures.judge("plain HTTP");
}

#[tokio::test]
async fn a_body_in_chunks_of_one_byte_costs_little_more_than_one_with_a_length() {
    let body = points(2_000_000);
    let mut peaks = Vec::new();
    for in_chunks in [false, true] {
        let server = server(&SMALL, shipped(), &[]).await;
        let (status, answer) = server.answer(&body, in_chunks).await;
        assert_eq!(status, 400, "{answer}");
        peaks.push(server.peak.bytes());
    }
    // The buffer of a chunked body grows, so it is copied once more than that of a body whose length is announced.
    assert!(peaks[1] <= peaks[0] + body.len() * 3 / 2, "{peaks:?}");
}

#[tokio::test]
async fn the_largest_bodies_of_the_plain_host_stay_within_the_memory_limit() {
    let server = server(&[], shipped(), &[]).await;
    let mut figures = Figures::default();
    for (name, shape) in SHAPES {
        server.measured(&mut figures, name, &shape(PLAIN), false).await;
    }
    figures.judge("plain HTTP, 32 MiB");
}

#[tokio::test]
async fn a_lambda_function_answers_any_body_in_a_small_address_space_and_keeps_running() {
    let (api, mut process) = start_shipped(&SMALL, &[]).await;
    let peak = Peak(process.id());
    let mut figures = Figures::default();
    for (name, shape) in SHAPES {
        let body = shape(LAMBDA);
        // Fronts send UTF-8 as text, and any other body in base64.
        let event = match String::from_utf8(body) {
            Ok(text) => Event::function_url(&text),
            Err(error) => Event::function_url("")
                .with("/body", json!(STANDARD.encode(error.as_bytes())))
                .with("/isBase64Encoded", json!(true)),
        };
        peak.forget();
        let answer = api.answer(&event).await;
        figures.add(name, LAMBDA, peak.bytes(), &answer.body);
        assert!(matches!(answer.status, 400 | 401), "{name}: {answer:?}");
    }
    assert!(process.is_running());
    let answer = api.answer(&Event::function_url(r#"{"data":{"text":"some message"}}"#)).await;
    assert_eq!(answer.status, 401);
    figures.judge("Lambda");
}

/// The length of the bodies with which every type is tried. It is small, because the program is not optimized.
const MODERATE: usize = 300_000;

#[tokio::test]
async fn a_body_stays_within_the_memory_limit_for_every_type_of_data() {
    let handlers = [
        "Value",
        "HashMap<String, Value>",
        "BTreeMap<String, u8>",
        "Vec<Point>",
        "Vec<f64>",
        "Vec<Vec<u8>>",
        "Vec<BTreeMap<String, u8>>",
        "Vec<HashMap<String, u8>>",
        "Vec<Box<Large>>",
        "Vec<Box<u8>>",
        "LinkedList<u8>",
        "BTreeSet<u32>",
        "Vec<Large>",
        "Vec<Option<String>>",
        "Vec<Box<RawValue>>",
        "Box<RawValue>",
        "untagged",
        "String",
        "()",
    ];
    let large = ["zeros", "empty objects", "points", "bytes that are not UTF-8"];
    let mut figures = Figures::default();
    for handler in handlers {
        // Each shape gets a fresh process, because glibc keeps freed memory for the next call.
        for (name, shape) in SHAPES {
            let server = hungry_server(handler).await;
            let what = format!("{handler} of {name}");
            server.measured(&mut figures, &what, &shape(MODERATE), false).await;
        }
        for (name, shape) in SHAPES.iter().filter(|(name, _)| large.contains(name)) {
            let server = hungry_server(handler).await;
            let what = format!("{handler} of {name}");
            server.measured(&mut figures, &what, &shape(LAMBDA), false).await;
        }
    }
    figures.judge("types of handlers");
}

#[tokio::test]
async fn a_variable_sets_the_longest_body_of_the_plain_host() {
    let of_length = |length: usize| {
        let text = "x".repeat(length - r#"{"data":{"text":""}}"#.len());
        format!(r#"{{"data":{{"text":"{text}"}}}}"#).into_bytes()
    };
    let server = server(&[], shipped(), &[("MAX_BODY_BYTES", "1000")]).await;
    for in_chunks in [false, true] {
        let (status, answer) = server.answer(&of_length(1000), in_chunks).await;
        assert_eq!(status, 401, "{answer}");
        let (status, answer) = server.answer(&of_length(1001), in_chunks).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains("Bad Request"), "{answer}");
    }
    let variables = [("FIREBASE_PROJECT_ID", PROJECT), ("MAX_BODY_BYTES", "1 MB")];
    let mut process = Process::start(shipped(), &variables);
    assert_eq!(process.end().await.code(), Some(1));
    process.line_with("MAX_BODY_BYTES is not a number of bytes from 1 to 1073741824: ").await;
}

#[tokio::test]
async fn ordinary_data_of_the_greatest_length_reaches_a_handler_with_a_type() {
    let cases: [(&str, &[u8]); 2] =
        [("Vec<Point>", &points(LAMBDA)), ("Vec<f64>", br#"{"data":[0,0]}"#)];
    for (handler, body) in cases {
        let server = hungry_server(handler).await;
        let (status, answer) = server.answer(body, false).await;
        assert_eq!(status, 200, "{handler}: {answer}");
    }
}
