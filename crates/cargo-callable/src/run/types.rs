//! Keeps the files of the clients' types fresh, in a project that has them.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::project::Project;
use crate::clients::{Files, Targets};
use crate::contract::{Contracts, FILE};
use crate::failure::Outcome;
use crate::terminal::say;

impl Project {
    /// Writes the files whenever a contract has changed.
    pub(super) async fn keep_types(self: Arc<Self>) {
        let mut state = self.state.subscribe();
        let mut last = None;
        loop {
            state.borrow_and_update();
            let contracts = self.contracts().filter(|contracts| last.as_ref() != Some(contracts));
            if let Some(contracts) = contracts {
                if let Err(failure) = self.write_types(contracts.clone()).await {
                    say!("{failure}");
                }
                last = Some(contracts);
            }
            if state.changed().await.is_err() {
                return;
            }
        }
    }

    async fn write_types(&self, contracts: Contracts) -> Outcome<()> {
        let workspace = self.state.borrow().workspace.clone();
        let Some(workspace) = workspace else { return Ok(()) };
        let write = move || {
            let targets = Targets::parse(&workspace.settings)?;
            if !targets.chosen && !workspace.root.join(FILE).exists() {
                return Ok(());
            }
            let files = Files::new(&workspace.root, &targets, &contracts);
            for path in files.write()? {
                let path = path.strip_prefix(&workspace.root).unwrap_or(path);
                say!("{} is written, with the types of now", path.display());
            }
            Ok(())
        };
        spawn_blocking(write).await.unwrap_or(Ok(())) // fails only if the program ends
    }
}
