//! Guards on speed and size that do not measure time: the numbers of instructions, allocations, system calls,
//! connections, threads, bytes and crates are compared with recorded ones. `make bench-accept` records new ones.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::Mutex};

use serde::{Deserialize, Serialize};

use crate::support::{
    PROJECT, cargo_tree,
    event::Event,
    key_server::KeyServer,
    process::{Process, measured},
    root,
    runtime_api::RuntimeApi,
    say, token,
};

/// How far a figure may differ from its record, relatively. A smaller figure fails, too: it has to be recorded, so that
/// it cannot grow again unnoticed.
const TOLERANCE: f64 = 0.03;

const CALL: &str = r#"{"data":{"text":"some message"}}"#;
/// The first calls warm the process up; only the later ones are counted.
const WARM: usize = 20;
const COUNTED: usize = 100;

fn record() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guards.json")
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// The compiler of the C code and the C library: the figures depend on both.
    toolchain: String,
    figures: BTreeMap<String, f64>,
}

fn toolchain() -> String {
    let first_line = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
    };
    let library = first_line("getconf", "GNU_LIBC_VERSION");
    format!("{}, {library}, {}", first_line("cc", "--version"), std::env::consts::ARCH)
}

/// Tests run in parallel and write to one file.
static FILE: Mutex<()> = Mutex::new(());

/// Fails if a figure differs from its record; with `BENCH_ACCEPT` set, records it instead.
fn compare(figures: BTreeMap<&str, f64>) {
    let _file = FILE.lock();
    let text = fs::read_to_string(record()).unwrap_or_default();
    let Record { toolchain: recorded_with, figures: mut recorded } =
        serde_json::from_str(&text).unwrap_or_default();
    if std::env::var_os("BENCH_ACCEPT").is_some() {
        recorded.extend(figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)));
        let record_now = Record { toolchain: toolchain(), figures: recorded };
        fs::write(record(), serde_json::to_string_pretty(&record_now).unwrap() + "\n").unwrap();
        return;
    }
    if recorded_with != toolchain() {
        skipped(&format!(
            "figures were recorded with {recorded_with}, and this is {}",
            toolchain()
        ));
        return;
    }
    let off: Vec<String> = figures
        .into_iter()
        .filter_map(|(name, figure)| {
            let expected = recorded.get(name).copied().unwrap_or(f64::NAN);
            let within = ((figure - expected) / expected).abs() <= TOLERANCE;
            (!within).then(|| format!("{name}: {figure}, recorded {expected}"))
        })
        .collect();
    assert!(off.is_empty(), "{off:#?}\nif the change is intended: make bench-accept");
}

fn skipped(why: &str) {
    say(&format!("SKIPPED: {why}"));
}

/// Whether `program` is installed; prints a line if not.
pub(crate) fn is_installed(program: &str) -> bool {
    let installed = PathBuf::from(program).exists();
    if !installed {
        skipped(&format!("{program} is not installed, so nothing was counted"));
    }
    installed
}

/// Starts the shipped callable under `watcher`, and waits for its first poll.
pub(crate) async fn start_shipped(
    watcher: &[&str],
    more: &[(&str, &str)],
) -> (RuntimeApi, Process) {
    let keys = KeyServer::start().await;
    let api = RuntimeApi::start().await;
    let mut variables =
        vec![("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url)];
    variables.extend(more);
    let process = api.function_under(watcher, measured(), &variables);
    api.first_poll().await;
    (api, process)
}

pub(crate) const VALGRIND: &str = "/usr/bin/valgrind";
pub(crate) const CALLGRIND: [&str; 3] =
    [VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null"];
/// The text that callgrind prints before the number of instructions.
pub(crate) const INSTRUCTIONS: &str = "Collected :";

/// Sends these events to a process under valgrind, ends it, and returns the number that valgrind prints after `label`.
pub(crate) async fn counted(
    api: &RuntimeApi,
    mut process: Process,
    label: &str,
    events: &[Event],
) -> f64 {
    for event in events {
        api.answer(event).await;
    }
    process.terminate();
    let line = process.line_with(label).await;
    process.end().await;
    let (_, number) = line.split_once(label).unwrap();
    number.trim().split(' ').next().unwrap().replace(',', "").parse().unwrap()
}

/// Like [`counted`], for the shipped callable. It sends the events once the callable has fetched its keys, because only
/// then its start is over.
async fn counted_with_keys(watcher: &[&str], label: &str, events: &[Event]) -> f64 {
    let (api, process) = start_shipped(watcher, &[]).await;
    process.line_with("key fetch").await;
    counted(&api, process, label, events).await
}

async fn instructions(events: &[Event]) -> f64 {
    counted_with_keys(&CALLGRIND, INSTRUCTIONS, events).await
}

/// The number of allocated blocks.
async fn allocations(events: &[Event]) -> f64 {
    counted_with_keys(&[VALGRIND, "--leak-check=no"], "total heap usage:", events).await
}

/// The figure for one call, from the difference between many calls and few, so that the start does not count.
pub(crate) async fn per_call(event: &Event, count: impl AsyncFn(&[Event]) -> f64) -> f64 {
    let few = count(&vec![event.clone(); WARM]).await;
    let many = count(&vec![event.clone(); WARM + COUNTED]).await;
    (many - few) / COUNTED as f64
}

#[tokio::test]
async fn a_start_and_a_call_take_as_many_instructions_as_recorded() {
    if !is_installed(VALGRIND) {
        return;
    }
    let signed_in = Event::function_url(CALL).bearer(&token("ada"));
    // Short enough that the loopback interface delivers it in one piece. The pieces of a longer body would be copied
    // together, and their number depends on the machine's load.
    let large = format!(r#"{{"data":{{"text":"{}"}}}}"#, "x".repeat(40 << 10));
    let large = Event::function_url(&large).bearer(&token("ada"));
    compare(BTreeMap::from([
        ("instructions: start", instructions(&[]).await),
        ("instructions: call with a token", per_call(&signed_in, instructions).await),
        (
            "instructions: call without a token",
            per_call(&Event::function_url(CALL), instructions).await,
        ),
        ("instructions: call of 40 KB", per_call(&large, instructions).await),
    ]));
}

#[tokio::test]
async fn a_call_allocates_as_often_as_recorded() {
    if !is_installed(VALGRIND) {
        return;
    }
    let signed_in = Event::function_url(CALL).bearer(&token("ada"));
    compare(BTreeMap::from([
        ("allocations: call with a token", per_call(&signed_in, allocations).await),
        (
            "allocations: call without a token",
            per_call(&Event::function_url(CALL), allocations).await,
        ),
    ]));
}

#[test]
fn a_binary_is_as_large_and_has_as_many_crates_as_recorded() {
    let crates = cargo_tree("normal", &["--package", "return-authenticated-message"]);
    compare(BTreeMap::from([
        ("bytes: return-authenticated-message", fs::metadata(measured()).unwrap().len() as f64),
        ("crates: return-authenticated-message", crates.len() as f64),
    ]));
}

const STRACE: &str = "/usr/bin/strace";

/// The output of strace for a process, from its start to its end after `calls`.
async fn system_calls(variables: &[(&str, &str)], calls: &[Event]) -> String {
    let (api, mut process) = start_shipped(&[STRACE, "-f", "-qq"], variables).await;
    for event in calls {
        api.answer(event).await;
    }
    process.line_with("callable finished").await;
    process.terminate();
    process.end().await;
    process.output()
}

#[tokio::test]
async fn a_start_makes_as_many_system_calls_and_connections_as_recorded() {
    if !is_installed(STRACE) {
        return;
    }
    let call = Event::function_url(CALL).bearer(&token("ada"));
    let lines = system_calls(&[], &[call]).await;
    let count = |calls: &[&str]| {
        let of = |line: &&str| calls.iter().any(|call| line.contains(call));
        lines.lines().filter(of).count()
    };
    let connections =
        "two connections to the Runtime API, for events and for answers, and one for the keys";
    assert_eq!(count(&["connect("]), 3, "{connections}:\n{lines}");
    assert_eq!(count(&["clone3(", "clone("]), 0, "the process has one thread");
    // Counts only calls whose number is the same on every machine. How often the process is woken, and in how many
    // pieces it sends, depends on the machine; the calls of the loader and the allocator depend on the C library.
    let made = ["socket(", "setsockopt(", "epoll_create1(", "eventfd2(", "signalfd", "pipe2("];
    compare(BTreeMap::from([("system calls: start and one call", count(&made) as f64)]));
}

/// A call that needs blocks above glibc's default threshold for `mmap`, which are unmapped when they are freed.
fn large() -> Event {
    let text = "x".repeat(200 << 10);
    Event::function_url(&format!(r#"{{"data":{{"text":"{text}"}}}}"#)).bearer(&token("ada"))
}

#[tokio::test]
async fn large_calls_open_no_new_connection_and_return_no_memory_to_the_kernel() {
    if !is_installed(STRACE) {
        return;
    }
    let lines = system_calls(&[], &[large(), large(), large(), large()]).await;
    assert_eq!(lines.matches("connect(").count(), 3, "{lines}");
    let (_, after_the_first) = lines.split_once("callable finished").unwrap();
    assert_eq!(after_the_first.matches("munmap(").count(), 0, "{after_the_first}");
    let end_of_heap = |line: &str| {
        let (_, end) = line.split_once("brk(")?.1.split_once("= 0x")?;
        u64::from_str_radix(end.trim(), 16).ok()
    };
    let ends: Vec<u64> = lines.lines().filter_map(end_of_heap).collect();
    assert!(ends.len() > 2 && ends.is_sorted(), "{ends:x?}");
}

#[tokio::test]
async fn chunks_of_a_stream_are_sent_without_waiting_for_acknowledgements() {
    if !is_installed(STRACE) {
        return;
    }
    let call = Event::function_url(CALL).bearer(&token("ada"));
    let lines = system_calls(&[("CALLABLE_RESPONSE_MODE", "stream")], &[call]).await;
    let connections = lines.matches("TCP_NODELAY, [1]").count();
    assert_eq!(connections, 2, "on the connections for answers and for the keys:\n{lines}");
}

/// The callables of `tests/bench/data`: one without data, and those that use DynamoDB, guards, or Firestore as the
/// caller.
const WITH_DATA: [&str; 4] = ["plain", "dynamodb", "guarded", "caller"];

fn with_data(name: &str) -> PathBuf {
    let binary = root().join(".tools/data/release").join(name);
    assert!(binary.exists(), "{} is not there; make data builds it", binary.display());
    binary
}

#[test]
fn callables_with_data_are_as_large_as_recorded() {
    let sizes = WITH_DATA.map(|name| {
        (format!("bytes: {name}"), fs::metadata(with_data(name)).unwrap().len() as f64)
    });
    compare(sizes.iter().map(|(name, size)| (name.as_str(), *size)).collect());
}

#[tokio::test]
async fn callables_with_data_start_with_as_many_instructions_as_recorded() {
    if !is_installed(VALGRIND) {
        return;
    }
    let keys = KeyServer::start().await;
    let mut figures = Vec::new();
    for name in WITH_DATA {
        let api = RuntimeApi::start().await;
        let variables = [
            ("FIREBASE_PROJECT_ID", PROJECT),
            ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("GUARD_TABLE", "guards"),
        ];
        let process = api.function_under(&CALLGRIND, with_data(name), &variables);
        api.first_poll().await;
        process.line_with("key fetch").await;
        let count = counted(&api, process, INSTRUCTIONS, &[]).await;
        say(&format!("{name}: {count} instructions"));
        figures.push((format!("instructions: start of {name}"), count));
    }
    compare(figures.iter().map(|(name, count)| (name.as_str(), *count)).collect());
}
