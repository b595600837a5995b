//! Builds what has changed, and hands calls over to the new processes. The old ones serve their running calls to the
//! end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::build::{self, Builder, Ended};
use super::data::Data;
use super::environment;
use super::instance::{Instance, Start};
use super::project::{Key, Project, Trouble};
use super::sources;
use crate::contract::{self, Contract};
use crate::failure::{Failure, Outcome};
use crate::function::Function;
use crate::terminal::say;

/// A build begins when nothing has changed for this long: editors and `cargo callable add` write several files.
const QUIET: Duration = Duration::from_millis(60);
/// The longest wait for that, in such pauses.
const PAUSES: u32 = 50;

/// A version of a function that is to be settled.
#[derive(Clone)]
struct Wanted {
    function: Function,
    version: u64,
}

impl Project {
    /// Builds whenever a function wants a version that no build has been given.
    pub(super) async fn keep_building(self: Arc<Self>) {
        let mut builder = Builder::default();
        loop {
            self.changed.notified().await;
            self.quiet().await;
            let wanted = self.take_wanted();
            if !wanted.is_empty() {
                self.build(&mut builder, wanted).await;
            }
        }
    }

    async fn quiet(&self) {
        for _ in 0..PAUSES {
            let before = self.versions.load(Ordering::Relaxed);
            sleep(QUIET).await;
            self.look().await;
            if self.versions.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }

    fn take_wanted(&self) -> BTreeMap<String, Wanted> {
        let mut wanted = BTreeMap::new();
        self.state.send_modify(|state| {
            for entry in state.functions.values_mut().filter(|entry| entry.wanted > entry.building)
            {
                entry.building = entry.wanted;
                let one = Wanted { function: entry.function.clone(), version: entry.wanted };
                wanted.insert(entry.function.folder.clone(), one);
            }
        });
        wanted
    }

    async fn build(self: &Arc<Self>, builder: &mut Builder, mut wanted: BTreeMap<String, Wanted>) {
        let functions: Vec<_> =
            self.state.borrow().functions.values().map(|entry| entry.function.clone()).collect();
        let (sender, mut programs) = mpsc::unbounded_channel();
        let mut built = Vec::new();
        let mut take = |folder: String, program: PathBuf| {
            if let Some(one) = wanted.remove(&folder) {
                tokio::spawn(Arc::clone(self).renew(one, program.clone()));
            }
            built.push((folder, program));
        };
        self.builds.store(true, Ordering::Relaxed);
        let ended = {
            let mut cargo =
                std::pin::pin!(builder.build(&self.processes, &self.root, &functions, sender));
            loop {
                tokio::select! {
                    Some((folder, program)) = programs.recv() => take(folder, program),
                    ended = &mut cargo => break ended,
                }
            }
        };
        while let Ok((folder, program)) = programs.try_recv() {
            take(folder, program);
        }
        self.sources.lock().await.take_lock().await;
        self.builds.store(false, Ordering::Relaxed);
        for Wanted { function, version } in wanted.into_values() {
            let folder = &function.folder;
            let sentence = match &ended {
                Ok(Ended::Finished) => format!("functions/{folder} does not compile"),
                Ok(Ended::Late) => {
                    format!("functions/{folder} is not built after the longest time for a build")
                }
                Err(failure) => format!("functions/{folder} is not built ({failure})"),
            };
            self.settle(&function, version, Err(Trouble { sentence, retry: false }), None, None);
        }
        for (folder, program) in built {
            let files = build::sources_of(&program);
            self.sources.lock().await.built_from(&folder, files).await;
        }
    }

    /// Starts the process of a version, unless the running one would be the same.
    async fn renew(self: Arc<Self>, wanted: Wanted, program: PathBuf) {
        let Wanted { function, version } = wanted;
        let _ = self.open.subscribe().wait_for(|open| *open).await;
        let key = match self.key(&function, &program).await {
            Ok(key) => key,
            Err(failure) => {
                let sentence = format!("functions/{} does not start: {failure}", function.folder);
                return self.settle(
                    &function,
                    version,
                    Err(Trouble { sentence, retry: true }),
                    None,
                    None,
                );
            }
        };
        if self.keeps(&function, version, &key) {
            return;
        }
        let start = Start {
            folder: &function.folder,
            built: &program,
            copy: self.copies.join(format!("{}-{version}", function.folder)),
            environment: key.environment.clone(),
            limit: self.settings.start,
            root: &self.root,
        };
        let copy = start.copy.clone();
        let outcome = Instance::start(&self.processes, start).await;
        let outcome = outcome.map_err(|no| Trouble { sentence: no.sentence, retry: no.ended });
        let mut contracts = None;
        if outcome.is_ok() {
            match self.contracts_of(&function, &copy, &key.environment).await {
                Ok(found) => contracts = Some(found),
                Err(failure) => say!("{failure}"),
            }
        }
        if let Ok(instance) = &outcome {
            tokio::spawn(Arc::clone(&self).watch(function.clone(), Arc::clone(instance)));
        }
        self.settle(&function, version, outcome, Some(key), contracts);
    }

    async fn contracts_of(
        &self,
        function: &Function,
        program: &Path,
        environment: &[(String, String)],
    ) -> Outcome<Vec<Contract>> {
        if !function.has_contract {
            return Ok(Vec::new());
        }
        contract::ask(function, program, environment, &self.root, self.settings.start).await
    }

    /// Whether the running process is what this version would be. Then the version is settled.
    fn keeps(&self, function: &Function, version: u64, key: &Key) -> bool {
        self.state.send_if_modified(|state| {
            let Some(entry) = state.functions.get_mut(&function.folder) else { return false };
            let same = entry.key.as_ref() == Some(key)
                && entry.outcome.as_ref().is_ok_and(|instance| !instance.is_over());
            if same {
                entry.settled = entry.settled.max(version);
            }
            same
        })
    }

    async fn key(&self, function: &Function, program: &Path) -> Outcome<Key> {
        let data = self.data_for(&function.folder).await?;
        self.aws.ensure(&data.tables).await?;
        Ok(Key {
            program: sources::stamp(program),
            environment: self.environment_of(function, &data)?,
            secrets: sources::stamp(&self.secrets()),
        })
    }

    /// What the templates say. While another function's cannot be read, it is what they said before.
    pub(super) async fn data_for(&self, folder: &str) -> Outcome<Arc<Data>> {
        let workspace = self.state.borrow().workspace.clone();
        let workspace = workspace.ok_or_else(|| Failure::new("there is no project"))?;
        let mut last = self.data.lock().await;
        match (Data::read(&workspace), &*last) {
            (Ok(data), _) => Ok(Arc::clone(last.insert(Arc::new(data)))),
            (Err(failure), Some(data)) if !failure.to_string().contains(folder) => {
                Ok(Arc::clone(data))
            }
            (Err(failure), _) => Err(failure),
        }
    }

    fn environment_of(&self, function: &Function, data: &Data) -> Outcome<Vec<(String, String)>> {
        let files = environment::read_files(&self.settings.environment_files)?;
        let parts = environment::Parts { root: &self.root, settings: &self.settings, data, files };
        Ok(parts.of(function, self.aws.variables(), self.auth.clone()))
    }

    /// From now on, calls get this outcome.
    fn settle(
        &self,
        function: &Function,
        version: u64,
        outcome: Result<Arc<Instance>, Trouble>,
        key: Option<Key>,
        contracts: Option<Vec<Contract>>,
    ) {
        let mut left = None;
        self.state.send_modify(|state| {
            let entry = state.functions.get_mut(&function.folder);
            let Some(entry) = entry.filter(|entry| entry.settled < version) else {
                left = outcome.ok(); // removed meanwhile, or a later version is there already
                return;
            };
            let before = entry.outcome.as_ref().err().map(|trouble| trouble.sentence.as_str());
            match &outcome {
                // Said once, not again with each call that tries again.
                Err(trouble) if before == Some(&trouble.sentence) => {}
                Err(trouble) if !self.processes.stopping() => say!("{}", trouble.sentence),
                Ok(_) if entry.settled > 0 => say!("{} serves its new build", function.name),
                _ => {}
            }
            (entry.settled, entry.key) = (version, key);
            entry.contracts = contracts.or_else(|| entry.contracts.take());
            left = std::mem::replace(&mut entry.outcome, outcome).ok();
        });
        if let Some(instance) = left {
            tokio::spawn(instance.retire());
        }
    }

    /// When the process that serves ends by itself, the next call starts another one.
    async fn watch(self: Arc<Self>, function: Function, instance: Arc<Instance>) {
        let how = instance.ended().await;
        let folder = &function.folder;
        let sentence = format!("functions/{folder} has ended by itself ({how})");
        self.state.send_if_modified(|state| {
            let entry = state.functions.get_mut(&function.folder);
            let serves = |outcome: &Result<Arc<Instance>, Trouble>| {
                outcome.as_ref().is_ok_and(|serving| Arc::ptr_eq(serving, &instance))
            };
            let Some(entry) = entry.filter(|entry| serves(&entry.outcome)) else { return false };
            if !self.processes.stopping() {
                say!("{sentence}; the next call starts it again");
            }
            entry.outcome = Err(Trouble { sentence, retry: true });
            true
        });
    }
}
