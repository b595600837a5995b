//! The functions of a local run: what is there, what was built from which sources, and which process serves.
//!
//! Each change of a function's sources gives it a new version that is *wanted*. A version is *settled* when its process
//! answers, or when it is known why there is none. A call looks at the sources first, and then waits until the version
//! that it has seen is settled: so it is never answered by older code, and never waits for another function.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::answer::Refusal;
use super::aws::Aws;
use super::data::Data;
use super::instance::{Call, Instance};
use super::process::Processes;
use super::settings::Settings;
use super::sources::{Plan, Seen};
use crate::function::{Function, Kind};
use crate::workspace::Workspace;

/// Between two looks while nobody calls.
const LOOK: Duration = Duration::from_millis(300);
/// Between two tries to read a project of which a file may be half written.
const HALF_WRITTEN: Duration = Duration::from_millis(100);
/// Tries to read a project.
const TRIES: u32 = 3;

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

/// The functions, by their public names.
#[derive(Default)]
pub(super) struct State {
    pub(super) functions: BTreeMap<String, Entry>,
    /// As it was last read.
    pub(super) workspace: Option<Arc<Workspace>>,
    /// Why the project cannot be read now.
    problem: Option<String>,
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

/// What was last seen of the sources.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) plan: Arc<Plan>,
    pub(super) seen: Seen,
    /// When the last look began.
    looked: Option<Instant>,
    /// When to read the project once more, because a file may have changed while it was read.
    again: Option<Instant>,
}

impl Project {
    /// Looks at the sources, and notes what has changed.
    pub(super) async fn look(&self) {
        let asked = Instant::now();
        let mut sources = self.sources.lock().await;
        if sources.looked.is_some_and(|looked| looked >= asked) {
            return; // somebody else looked meanwhile
        }
        let begun = Instant::now();
        let mut seen = walk(&sources.plan).await;
        let again = sources.again.is_some_and(|again| again <= begun);
        if again || seen.manifests != sources.seen.manifests {
            sources.again = (!again).then(|| begun + LOOK);
            self.read(&mut sources).await;
            seen = walk(&sources.plan).await;
        }
        if self.builds.load(Ordering::Relaxed) {
            seen.lock = sources.seen.lock;
        }
        self.note(&sources.seen, &seen);
        sources.seen = seen;
        sources.looked = Some(begun);
    }

    /// Looks every few hundred milliseconds.
    pub(super) async fn keep_looking(self: Arc<Self>) {
        loop {
            sleep(LOOK).await;
            self.look().await;
        }
    }

    /// Reads which functions there are. If that fails, those that were there stay.
    async fn read(&self, sources: &mut Sources) {
        let mut problem = String::new();
        for _ in 0..TRIES {
            if !problem.is_empty() {
                sleep(HALF_WRITTEN).await;
            }
            let (root, common) = (self.root.clone(), self.common_files());
            let read = spawn_blocking(move || {
                Workspace::at(&root).map(|workspace| (Plan::new(&workspace, common), workspace))
            });
            match read.await {
                Ok(Ok((mut plan, workspace))) => {
                    plan.more.clone_from(&sources.plan.more);
                    sources.plan = Arc::new(plan);
                    return self.have(workspace);
                }
                Ok(Err(failure)) => problem = failure.to_string(),
                Err(error) => problem = error.to_string(),
            }
        }
        self.state.send_modify(|state| {
            if state.problem.as_ref() != Some(&problem) {
                println!("{problem}");
            }
            state.problem = Some(problem);
        });
    }

    /// These functions are there now.
    fn have(&self, workspace: Workspace) {
        let mut left = Vec::new();
        self.state.send_modify(|state| {
            state.problem = None;
            let mut before = std::mem::take(&mut state.functions);
            for function in workspace.functions.iter().cloned() {
                let known = before
                    .remove(&function.name)
                    .filter(|entry| entry.function.folder == function.folder);
                let entry = match known {
                    Some(entry) => Entry { function, ..entry },
                    None => self.new_entry(function),
                };
                state.functions.insert(entry.function.name.clone(), entry);
            }
            left.extend(before.into_values().filter_map(|entry| entry.outcome.ok()));
            state.workspace = Some(Arc::new(workspace));
        });
        for instance in left {
            tokio::spawn(instance.retire());
        }
        self.changed.notify_one();
    }

    fn new_entry(&self, function: Function) -> Entry {
        let sentence = format!("functions/{} is being built", function.folder);
        Entry {
            function,
            wanted: self.next_version(),
            building: 0,
            settled: 0,
            outcome: Err(Trouble { sentence, retry: false }),
            key: None,
        }
    }

    /// The functions whose sources differ get a new version.
    fn note(&self, before: &Seen, now: &Seen) {
        let changed = |folder: &String| {
            before.lock != now.lock || before.functions.get(folder) != now.functions.get(folder)
        };
        let any = self.state.send_if_modified(|state| {
            let mut any = false;
            for entry in state.functions.values_mut() {
                // A function that was never built wants its first version anyway.
                if entry.building > 0 && changed(&entry.function.folder) {
                    entry.wanted = self.next_version();
                    any = true;
                }
            }
            any
        });
        if any {
            self.changed.notify_one();
        }
    }

    pub(super) fn next_version(&self) -> u64 {
        self.versions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Begins a call of the function with this public name, at a process that is built from the sources of now.
    pub(super) async fn call(&self, name: &str) -> Result<(Call, Kind), Refusal> {
        self.look().await;
        let mut version = None;
        let mut unknown = Refusal::NotFound;
        self.state.send_if_modified(|state| {
            let Some(entry) = state.functions.get_mut(name) else {
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
            .wait_for(|state| {
                state.functions.get(name).is_none_or(|entry| entry.settled >= version)
            })
            .await;
        let entry = settled.ok();
        let Some(entry) = entry.as_ref().and_then(|state| state.functions.get(name)) else {
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
        let one = |entry: &Entry| {
            let trouble = entry.outcome.as_ref().err().map(|trouble| trouble.sentence.as_str());
            json!({
                "name": entry.function.name,
                "folder": entry.function.folder,
                "kind": entry.function.kind.name(),
                "stream": entry.function.stream,
                "trouble": trouble,
            })
        };
        state.functions.values().map(one).collect()
    }

    /// The file of secrets that the functions read.
    pub(super) fn secrets(&self) -> PathBuf {
        self.root.join(".secret.local")
    }

    fn common_files(&self) -> Vec<PathBuf> {
        let files = self.settings.environment_files.iter().cloned();
        files.chain([self.secrets()]).collect()
    }
}

async fn walk(plan: &Arc<Plan>) -> Seen {
    let plan = Arc::clone(plan);
    spawn_blocking(move || plan.look()).await.unwrap_or_default()
}

impl Sources {
    /// What cargo wrote into Cargo.lock while it built is no change of the sources.
    pub(super) async fn take_lock(&mut self) {
        self.seen.lock = walk(&self.plan).await.lock;
    }

    /// Notes which files cargo lists for a built function. That is no change of its sources.
    pub(super) async fn built_from(&mut self, folder: &str, files: Vec<PathBuf>) {
        let mut plan = Plan::clone(&self.plan);
        plan.built_from(folder, files);
        if plan.more == self.plan.more {
            return;
        }
        let before = walk(&self.plan).await;
        let unchanged = before.functions.get(folder) == self.seen.functions.get(folder);
        self.plan = Arc::new(plan);
        let now = walk(&self.plan).await;
        if let (true, Some(stamp)) = (unchanged, now.functions.get(folder)) {
            self.seen.functions.insert(folder.to_owned(), *stamp);
        }
    }
}

impl Project {
    /// The first look, at a project that was read.
    pub(super) async fn begin(&self, workspace: Workspace) {
        let mut sources = self.sources.lock().await;
        let common = self.common_files();
        let plan = spawn_blocking(move || (Plan::new(&workspace, common), workspace)).await;
        if let Ok((plan, workspace)) = plan {
            sources.plan = Arc::new(plan);
            self.have(workspace);
        }
        sources.seen = walk(&sources.plan).await;
    }
}
