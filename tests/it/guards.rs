//! Guards on speed and size that do not look at a clock: instructions, allocations, connections, threads,
//! bytes and crates, against recorded values. `make bench-accept` records new ones.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::Mutex};

use serde::{Deserialize, Serialize};

use crate::support::{
    PROJECT,
    event::Event,
    key_server::KeyServer,
    process::{Process, shipped},
    runtime_api::RuntimeApi,
    say, token,
};

/// How far a figure may be from its record, either way: less is recorded, too, so that it stays.
const TOLERANCE: f64 = 0.03;

const CALL: &str = r#"{"data":{"text":"some message"}}"#;
/// So few calls warm everything up; so many more are counted.
const WARM: usize = 20;
const COUNTED: usize = 100;

fn record() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guards.json")
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// What compiled the C code, and the C library: with others, figures are others.
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

/// Tests run side by side, and write to one file.
static FILE: Mutex<()> = Mutex::new(());

/// Fails on a figure that is off its record; records it instead where that is asked for.
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
    assert!(off.is_empty(), "{off:#?}\nif this is meant: make bench-accept");
}

fn skipped(why: &str) {
    say(&format!("SKIPPED: {why}"));
}

/// Whether `program` can be used; said loudly if not.
pub(crate) fn is_installed(program: &str) -> bool {
    let installed = PathBuf::from(program).exists();
    if !installed {
        skipped(&format!("{program} is not installed, so nothing was counted"));
    }
    installed
}

struct Bench {
    api: RuntimeApi,
    process: Process,
    _keys: KeyServer,
}

async fn bench(watcher: &[&str]) -> Bench {
    bench_with(watcher, &[]).await
}

async fn bench_with(watcher: &[&str], more: &[(&str, &str)]) -> Bench {
    let keys = KeyServer::start().await;
    let api = RuntimeApi::start().await;
    let mut variables =
        vec![("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url)];
    variables.extend(more);
    let process = api.function_under(watcher, shipped(), &variables);
    api.first_poll().await;
    Bench { api, process, _keys: keys }
}

pub(crate) const VALGRIND: &str = "/usr/bin/valgrind";

/// The number that valgrind prints behind `label` for a process, from its start to its end after these calls.
async fn counted(arguments: &[&str], label: &str, events: &[Event]) -> f64 {
    let mut bench = bench(&[&[VALGRIND], arguments].concat()).await;
    bench.process.line_with("key fetch").await;
    for event in events {
        bench.api.answer(event).await;
    }
    bench.process.terminate();
    let line = bench.process.line_with(label).await;
    bench.process.end().await;
    let (_, number) = line.split_once(label).unwrap();
    number.trim().split(' ').next().unwrap().replace(',', "").parse().unwrap()
}

async fn instructions(events: &[Event]) -> f64 {
    let arguments = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    counted(&arguments, "Collected :", events).await
}

/// How many blocks of memory it asks for.
async fn allocations(events: &[Event]) -> f64 {
    counted(&["--leak-check=no"], "total heap usage:", events).await
}

/// What one call takes among many.
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
    // Not more than the loopback hands over in one piece: pieces are copied together, and how many there are
    // depends on what else the machine does.
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
    let tree = Command::new(std::env::var("CARGO").unwrap())
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--package", "return-authenticated-message"])
        .output()
        .unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    let crates: std::collections::BTreeSet<&str> =
        text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    compare(BTreeMap::from([
        ("bytes: return-authenticated-message", fs::metadata(shipped()).unwrap().len() as f64),
        ("crates: return-authenticated-message", crates.len() as f64),
    ]));
}

const STRACE: &str = "/usr/bin/strace";

/// What strace says of a process, from its start to its end after `calls`.
async fn system_calls(variables: &[(&str, &str)], calls: &[Event]) -> String {
    let mut bench = bench_with(&[STRACE, "-f", "-qq"], variables).await;
    for event in calls {
        bench.api.answer(event).await;
    }
    bench.process.line_with("callable finished").await;
    bench.process.terminate();
    bench.process.end().await;
    bench.process.output()
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
    let connections = "to the Runtime API one for events and one for answers, and one for the keys";
    assert_eq!(count(&["connect("]), 3, "{connections}:\n{lines}");
    assert_eq!(count(&["clone3(", "clone("]), 0, "no thread but the first");
    // How often it is woken, and in how many pieces it sends, depends on the machine; what it opens and sets
    // does not. What the loader and the allocator do is the C library's affair.
    let made = ["socket(", "setsockopt(", "epoll_create1(", "eventfd2(", "signalfd", "pipe2("];
    compare(BTreeMap::from([("system calls: start and one call", count(&made) as f64)]));
}

/// Longer than what the C library's allocator keeps by itself.
fn large() -> Event {
    let text = "x".repeat(200 << 10);
    Event::function_url(&format!(r#"{{"data":{{"text":"{text}"}}}}"#)).bearer(&token("ada"))
}

#[tokio::test]
async fn large_calls_open_no_connection_and_give_no_memory_back_between_them() {
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
async fn a_stream_leaves_without_waiting_for_acknowledgements() {
    if !is_installed(STRACE) {
        return;
    }
    let call = Event::function_url(CALL).bearer(&token("ada"));
    let lines = system_calls(&[("CALLABLE_RESPONSE_MODE", "stream")], &[call]).await;
    let connections = lines.matches("TCP_NODELAY, [1]").count();
    assert_eq!(connections, 2, "the one for answers and the one for the keys:\n{lines}");
}
