//! What a local run starts, and in which order: builds and the front at once, beside them the services that functions
//! need at their start, then the functions.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::companions::{self, Running};
use super::process::Processes;
use super::project::Project;
use super::{Prepared, auth, aws, front, page};
use crate::failure::{Failure, Outcome};
use crate::terminal::say;
use crate::tools::node;

/// The longest installation of the Auth emulator.
const INSTALLATION: Duration = Duration::from_secs(900);

/// The folder for the programs of the run on this port.
pub(super) fn copies_below(target: &Path, port: u16) -> PathBuf {
    target.join("callable/run").join(port.to_string())
}

/// Runs until something that is needed fails.
pub(super) async fn serve(prepared: Prepared, processes: Processes) -> Outcome<()> {
    let Prepared { workspace, settings, front, page, auth } = prepared;
    let (front_port, page_port) = (port_of(&front)?, port_of(&page)?);
    let target = workspace.target.clone();
    let copies = copies_below(&target, front_port);
    let _ = std::fs::remove_dir_all(&copies); // of an earlier run that was killed
    let project = Arc::new(Project {
        root: workspace.root.clone(),
        settings,
        processes: processes.clone(),
        aws: aws::Aws::new(processes.clone(), target.clone()),
        auth: auth.as_ref().map(|(port, _)| format!("127.0.0.1:{port}")),
        copies,
        open: watch::Sender::new(false),
        state: watch::Sender::default(),
        changed: tokio::sync::Notify::new(),
        versions: AtomicU64::new(0),
        sources: tokio::sync::Mutex::default(),
        builds: AtomicBool::new(false),
        data: tokio::sync::Mutex::default(),
    });
    project.begin(workspace).await;
    say!("Building the functions (some minutes the first time, seconds later) …");
    tokio::spawn(Arc::clone(&project).keep_building());
    tokio::spawn(Arc::clone(&project).keep_looking());
    tokio::spawn(Arc::clone(&project).keep_types());
    front::serve(front, Arc::clone(&project))?;
    let (over, mut failed) = mpsc::unbounded_channel::<String>();
    let addresses = page::Addresses {
        functions: format!("http://127.0.0.1:{front_port}"),
        auth: project.auth.as_ref().map(|host| format!("http://{host}")),
        forms: project
            .auth
            .as_ref()
            .map(|_| node::forms(&target, project.settings.firebase_tools.as_deref())),
    };
    let ready = async {
        let emulator = async {
            let Some((port, node)) = auth else { return Ok(()) };
            let firebase = firebase_tools(&project, &target).await?;
            let folder = target.join("callable/auth-emulator").join(format!("run-{port}"));
            let project = project.settings.project.clone();
            say!("Starting the Auth emulator (10 to 30 seconds) …");
            let emulator = auth::Emulator { node, firebase, folder, project, port };
            let process = auth::start(&processes, emulator).await?;
            tell(&over, async move {
                let how = process.ended().await;
                format!("The Auth emulator ended by itself ({how}){}", process.printed())
            });
            Ok(())
        };
        let services = async {
            let page = own_page(&project, page, page_port, &addresses);
            let running = page.await?.into_iter().chain(beside(&project).await?);
            for running in running {
                tell(&over, async move { running.failed().await });
            }
            let project = Arc::clone(&project);
            project.open.send_replace(true);
            tell(&over, async move { project.aws.failed().await });
            Ok::<_, Failure>(())
        };
        tokio::try_join!(emulator, services)?;
        project.all_settled().await;
        say!("{}", instructions(&project, page_port, &addresses));
        Ok::<_, Failure>(())
    };
    tokio::select! {
        outcome = async { ready.await?; std::future::pending::<Outcome<()>>().await } => outcome,
        Some(failure) = failed.recv() => Err(Failure::new(failure)),
    }
}

/// Reports the end of something that must not end.
fn tell(
    over: &mpsc::UnboundedSender<String>,
    failure: impl Future<Output = String> + Send + 'static,
) {
    let over = over.clone();
    tokio::spawn(async move {
        let _ = over.send(failure.await); // the run ends anyway
    });
}

/// Starts what functions need at their start: companions and tables.
async fn beside(project: &Project) -> Outcome<Vec<Running>> {
    let running =
        companions::start(&project.processes, &project.root, &project.settings.commands).await?;
    // What is wrong with a template is said by the functions that need it.
    if let Ok(data) = project.data_for("").await {
        project.aws.ensure(&data.tables).await?;
    }
    Ok(running)
}

/// The program of firebase-tools, installed now if it is missing.
async fn firebase_tools(project: &Project, target: &Path) -> Outcome<PathBuf> {
    let own = project.settings.firebase_tools.as_deref();
    let node::Firebase { program, install } = node::firebase_tools(target, own)?;
    if let Some(install) = install {
        say!("Installing the Firebase Auth emulator (240 MB, once) …");
        let npm = project.processes.start("npm", install.into(), None, Arc::new(|_: &str| {}))?;
        let Ok(how) = timeout(INSTALLATION, npm.ended()).await else {
            npm.stop().await;
            return Err(Failure::new(format!(
                "The Auth emulator is not installed after {} minutes: check that npm reaches its registry",
                INSTALLATION.as_secs() / 60
            )));
        };
        if how != "exit code 0" {
            return Err(Failure::new(format!(
                "The Auth emulator could not be installed, because npm ended with {how}{}",
                npm.printed()
            )));
        }
    }
    Ok(program)
}

/// Serves the tool's page, or starts the project's own.
async fn own_page(
    project: &Arc<Project>,
    listener: TcpListener,
    port: u16,
    addresses: &page::Addresses,
) -> Outcome<Option<Running>> {
    let Some(command) = &project.settings.page else {
        page::serve(listener, Arc::clone(project), addresses.clone())?;
        return Ok(None);
    };
    drop(listener);
    let variables = [
        ("PAGE_PORT", port.to_string()),
        ("FUNCTIONS_URL", addresses.functions.clone()),
        ("AUTH_URL", addresses.auth.clone().unwrap_or_default()),
        ("PROJECT_ID", project.settings.project.clone()),
    ];
    companions::page(&project.processes, &project.root, command, port, &variables).await.map(Some)
}

fn instructions(project: &Project, page: u16, addresses: &page::Addresses) -> String {
    let functions = &addresses.functions;
    let state = project.state.borrow();
    let named = state.named();
    let lines: Vec<_> = named
        .iter()
        .map(|(name, entry)| match &entry.outcome {
            Ok(_) => format!("{functions}/{name}"),
            Err(trouble) => format!("{functions}/{name}  ({})", trouble.sentence),
        })
        .collect();
    let lines = match lines.as_slice() {
        [] => format!("{functions}, none yet: cargo callable add NAME"),
        lines => lines.join("\n               "),
    };
    let id = &project.settings.project;
    let auth = addresses.auth.as_ref();
    let auth = auth.map(|url| format!("Auth emulator  {url}, project {id}\n")).unwrap_or_default();
    let aws = project.aws.url();
    let aws =
        aws.map(|url| format!("AWS            {url}, with tables that are empty at each start\n"));
    format!(
        "
Page           http://127.0.0.1:{page}
Functions      {lines}
               (also {functions}/{id}/us-central1/…, as connectFunctionsEmulator asks for them)
{auth}{}Stop           Ctrl-C

When you save a source file, the next call builds and runs it; the compiler's output appears here.
",
        aws.unwrap_or_default()
    )
}

pub(super) fn port_of(listener: &TcpListener) -> Outcome<u16> {
    let address = listener.local_addr();
    address.map(|address| address.port()).map_err(|error| Failure::new(error.to_string()))
}
