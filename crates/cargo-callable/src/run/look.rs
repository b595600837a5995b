//! Looking at the sources of a local run: before each call and every few hundred milliseconds. What has changed gets a
//! new version, and a manifest that has changed gives the project's functions anew.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::project::{Entry, Project, Trouble};
use super::sources::{Plan, Seen};
use crate::function::Function;
use crate::terminal::say;
use crate::workspace::Workspace;

/// Between two looks while nobody calls.
const LOOK: Duration = Duration::from_millis(300);
/// Between two tries to read a project of which a file may be half written.
const HALF_WRITTEN: Duration = Duration::from_millis(100);
/// Tries to read a project.
const TRIES: u32 = 3;

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
                say!("{problem}");
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
                let entry = match before.remove(&function.folder) {
                    Some(entry) => Entry { function, ..entry },
                    None => self.new_entry(function),
                };
                state.functions.insert(entry.function.folder.clone(), entry);
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
            contracts: None,
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
