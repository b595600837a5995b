//! `--data`: the callables of `tests/bench/data`, which differ only in the data that they use. Size, first poll, first
//! answer and memory of each.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    cold::Ends, events::Kind, process::Target, runtime_api::RuntimeApi, stats::Sample, targets,
};

const STARTS: usize = 200;
/// The program, whether its first answer is measured, and what it is. Firestore is not: a release knows only Google's
/// address of it.
const PROGRAMS: [(&str, bool, &str); 5] = [
    ("plain", true, "no data"),
    ("dynamodb", true, "DynamoDB, one read per call"),
    ("guarded", true, "guards: once and a limit, three writes"),
    ("caller", false, "Firestore as the caller"),
    ("firestore", false, "the crate firestore"),
];

pub(crate) fn measure(ends: &Ends) {
    let aws = table();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/data/release");
    let programs: Vec<_> = PROGRAMS
        .into_iter()
        .filter(|(program, ..)| folder.join(program).exists())
        .map(|(program, is_answered, what)| {
            let samples = (Sample::default(), Sample::default(), Sample::default());
            (target(folder.join(program)), is_answered, what, samples)
        })
        .collect();
    let mut programs = programs;
    for _ in 0..STARTS {
        for (target, is_answered, _, (polled, answered, memory)) in &mut programs {
            let mut api = RuntimeApi::start();
            let function = target.start(&api.address(), &ends.plain, None);
            polled.push((api.first_poll() - function.started).as_secs_f64() * 1e3);
            memory.push(function.peak_memory() as f64 / f64::from(1 << 20));
            if *is_answered {
                drop(function);
                let mut target = target.clone();
                target.env.push(("AWS_ENDPOINT_URL".to_owned(), aws.clone()));
                let mut api = RuntimeApi::start();
                let function = target.start(&api.address(), &ends.plain, None);
                let answer = api.invoke(&Kind::FreshToken.event(0));
                answered.push(function.started.elapsed().as_secs_f64() * 1e3);
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert!(text.contains("result"), "{text}");
                memory.push(function.peak_memory() as f64 / f64::from(1 << 20));
            }
        }
    }
    println!("| | first poll, ms | first answer, ms | memory, MiB |\n|---|--:|--:|--:|");
    for (_, is_answered, what, (polled, answered, memory)) in &programs {
        let answered =
            if *is_answered { format!("{:.2}", answered.median()) } else { "–".into() };
        let (polled, memory) = (polled.median(), memory.quantile(1.0));
        println!("| {what} | {polled:.2} | {answered} | {memory:.1} |");
    }
}

fn target(program: PathBuf) -> Target {
    let env = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "test"),
        ("GUARD_TABLE", "guards"),
        ("FIREBASE_SERVICE_ACCOUNT_SECRET", "firebase/account"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let command = vec![program.display().to_string()];
    Target { env, ..targets::program(targets::OURS, command, program) }
}

/// The URL of an endpoint that answers each request of DynamoDB as if the table were empty.
fn table() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer_all(stream));
        }
    });
    url
}

fn answer_all(mut stream: std::net::TcpStream) {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        read.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&read).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split_once("content-length: ").unwrap().1;
        if body.len() < length.lines().next().unwrap().trim().parse().unwrap() {
            continue;
        }
        read.clear();
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer.as_bytes()).unwrap();
    }
}
