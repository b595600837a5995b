//! The surroundings of a function in these tests: its process, the Runtime API, a key endpoint, events of AWS's HTTP
//! fronts.

pub(crate) mod bucket;
pub(crate) mod clock;
pub(crate) mod event;
pub(crate) mod faulty_issuer;
pub(crate) mod key_issuer;
pub(crate) mod key_server;
pub(crate) mod plain_server;
pub(crate) mod process;
pub(crate) mod runtime_api;
pub(crate) mod secrets_manager;

use std::{
    collections::BTreeSet,
    fs,
    future::Future,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use shared::testing::TestKeys;

pub(crate) const PROJECT: &str = "my-app";

/// How long a test waits for an expected event: long enough for a loaded machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// The root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The folders below `group`, such as `functions`.
pub(crate) fn folders(group: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(root().join(group)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// The names of the folders below `functions/`, which are those of their packages.
pub(crate) fn functions() -> BTreeSet<String> {
    let names = folders("functions").into_iter();
    names.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The functions that this project ships, as far as they are still there. Some rules are promises of these functions
/// only, about what they link, how large and how short they are: a function of yours may link whatever it needs. One
/// that should keep the same rules is added to the file.
pub(crate) fn shipped_functions() -> BTreeSet<String> {
    let shipped: BTreeSet<String> =
        serde_json::from_str(&read("tests/shipped-functions.json")).unwrap();
    assert!(!shipped.is_empty());
    shipped.intersection(&functions()).cloned().collect()
}

/// The functions in this tree that the project does not ship.
pub(crate) fn other_functions() -> BTreeSet<String> {
    functions().difference(&shipped_functions()).cloned().collect()
}

/// Runs a command in the root folder and returns its output. Panics if the command fails.
pub(crate) fn printed_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of `cargo tree` for dependencies of the kinds `edges`, one line per package.
pub(crate) fn cargo_tree(edges: &str, selection: &[&str]) -> BTreeSet<String> {
    let arguments = ["tree", "--locked", "--prefix", "none", "--edges", edges];
    let text = printed_by(&cargo(), &[&arguments, selection].concat());
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap()
}

/// Whether these bytes are part of a binary.
pub(crate) fn contains(binary: &[u8], bytes: &[u8]) -> bool {
    binary.windows(bytes.len()).any(|window| window == bytes)
}

/// Prints a line that is shown even if the test passes. The test runner hides the output of `println!` then.
pub(crate) fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Awaits `future`, and panics if it takes longer than the limit. `what` is for the message.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen in {DEADLINE:?}"))
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A valid ID token of this user, signed with the key that the key server serves.
pub(crate) fn token(uid: &str) -> String {
    TestKeys::shared().id_token(PROJECT, uid, now()).claim("email", "ada@example.com").sign()
}
