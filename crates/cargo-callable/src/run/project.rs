//! The functions of a local run: what is there, what was built from which sources, and which process serves.
//!
//! Each change of a function's sources gives it a new version that is *wanted*. A version is *settled* when its process
//! answers, or when it is known why there is none. A call looks at the sources first, and then waits until the version
//! that it has seen is settled: so it is never answered by older code, and never waits for another function.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::sync::{Mutex, Notify, watch};

use super::answer::Refusal;
use super::aws::Aws;
use super::data::Data;
use super::environment;
use super::instance::{Call, Instance};
use super::look::Sources;
use super::process::Processes;
use super::settings::Settings;

use crate::contract::{Contract, Contracts};
use crate::function::{Function, Kind};
use crate::workspace::Workspace;

/// The project that runs.
pub(super) struct Project {
    pub(super) root: PathBuf,
    pub(super) settings: Settings,
    pub(super) processes: Processes,
    pub(super) aws: Aws,
    /// `host:port` of the Auth emulator.
    pub(super) auth: Option<String>,
    /// The folder for the programs that run.
    pub(super) copies: PathBuf,
    /// True once everything that functions need at their start is there.
    pub(super) open: watch::Sender<bool>,
    pub(super) state: watch::Sender<State>,
    pub(super) changed: Notify,
    pub(super) versions: AtomicU64,
    pub(super) sources: Mutex<Sources>,
    /// While cargo builds, it may write Cargo.lock.
    pub(super) builds: AtomicBool,
    /// Of the last template that could be read.
    pub(super) data: Mutex<Option<Arc<Data>>>,
}

/// The functions, by their folders.
#[derive(Default)]
pub(super) struct State {
    pub(super) functions: BTreeMap<String, Entry>,
    /// As it was last read.
    pub(super) workspace: Option<Arc<Workspace>>,
    /// Why the project cannot be read now.
    pub(super) problem: Option<String>,
}

/// One function.
pub(super) struct Entry {
    pub(super) function: Function,
    pub(super) wanted: u64,
    /// The version that was last given to a build.
    pub(super) building: u64,
    pub(super) settled: u64,
    pub(super) outcome: Result<Arc<Instance>, Trouble>,
    /// What the process was started from.
    pub(super) key: Option<Key>,
    /// Of the last version that serves. `None` until they are known; empty if the function has none.
    pub(super) contracts: Option<Vec<Contract>>,
}

impl State {
    /// Each public name with its function, sorted by name.
    pub(super) fn named(&self) -> BTreeMap<&str, &Entry> {
        let entries = self.functions.values();
        let named = entries
            .flat_map(|entry| entry.function.names.iter().map(move |name| (name.as_str(), entry)));
        named.collect()
    }

    /// The function that has this public name.
    fn of(&self, name: &str) -> Option<&Entry> {
        self.functions.values().find(|entry| entry.has(name))
    }
}

impl Entry {
    /// Whether one of its callables has this public name.
    fn has(&self, name: &str) -> bool {
        self.function.names.iter().any(|one| one == name)
    }
}

/// Why a function has no process.
#[derive(Clone)]
pub(super) struct Trouble {
    pub(super) sentence: String,
    /// Whether the next call tries again.
    pub(super) retry: bool,
}

/// All that decides whether a process must be replaced: program, environment, secrets.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) program: u64,
    pub(super) environment: Vec<(String, String)>,
    pub(super) secrets: u64,
}

impl Project {
    pub(super) fn next_version(&self) -> u64 {
        self.versions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Begins a call of the function that has this public name, at a process that is built from the sources of now.
    pub(super) async fn call(&self, name: &str) -> Result<(Call, Kind), Refusal> {
        self.look().await;
        let mut version = None;
        let mut unknown = Refusal::NotFound;
        self.state.send_if_modified(|state| {
            let Some(entry) = state.functions.values_mut().find(|entry| entry.has(name)) else {
                unknown = match &state.problem {
                    Some(problem) => Refusal::Unavailable(problem.clone()),
                    None => Refusal::NotFound,
                };
                return false;
            };
            let retry = entry.settled >= entry.wanted
                && entry.outcome.as_ref().is_err_and(|trouble| trouble.retry);
            if retry {
                entry.wanted = self.next_version();
                self.changed.notify_one();
            }
            version = Some(entry.wanted);
            retry
        });
        let Some(version) = version else { return Err(unknown) };
        let mut state = self.state.subscribe();
        // Ends: a build has a limit, and so has a start.
        let settled = state
            .wait_for(|state| state.of(name).is_none_or(|entry| entry.settled >= version))
            .await;
        let entry = settled.ok();
        let Some(entry) = entry.as_ref().and_then(|state| state.of(name)) else {
            return Err(Refusal::NotFound);
        };
        match &entry.outcome {
            Ok(instance) => Ok((instance.call(), entry.function.kind)),
            Err(trouble) => {
                Err(Refusal::Unavailable(format!("{}: see the terminal", trouble.sentence)))
            }
        }
    }

    /// Waits until each function is served, or it is known why not.
    pub(super) async fn all_settled(&self) {
        let mut state = self.state.subscribe();
        let settled = |state: &State| state.functions.values().all(|one| one.settled >= one.wanted);
        let _ = state.wait_for(settled).await; // fails only if there is no project any more
    }

    /// The functions, for the page.
    pub(super) fn list(&self) -> Value {
        let state = self.state.borrow();
        let one = |(name, entry): (&str, &Entry)| {
            let trouble = entry.outcome.as_ref().err().map(|trouble| trouble.sentence.as_str());
            let contracts = entry.contracts.iter().flatten();
            json!({
                "name": name,
                "folder": entry.function.folder,
                "kind": entry.function.kind.name(),
                "stream": entry.function.stream,
                "trouble": trouble,
                "contract": contracts.into_iter().find(|contract| contract.name == name),
            })
        };
        state.named().into_iter().map(one).collect()
    }

    /// The contracts of all callables, once all are known.
    pub(super) fn contracts(&self) -> Option<Contracts> {
        let state = self.state.borrow();
        let of = |entry: &Entry| entry.contracts.clone();
        let all: Option<Vec<_>> = state.functions.values().map(of).collect();
        all.map(|all| Contracts::new(all.into_iter().flatten().collect()))
    }

    /// The file of secrets that the functions read.
    pub(super) fn secrets(&self) -> PathBuf {
        environment::secrets(&self.root)
    }
}
