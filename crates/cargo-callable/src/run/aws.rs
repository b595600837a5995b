//! AWS on this machine: moto's server with the tables of the templates, empty at each start. It is started with the
//! first table. The functions get its address and made-up credentials, so that no call reaches a real account.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::Request;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::data::Table;
use super::process::{Process, Processes};
use super::{client, ports};
use crate::failure::{Failure, Outcome};
use crate::terminal::say;
use crate::tools::python::{self, Tool};

const REGION: &str = "us-east-1";
/// moto is a program in Python: the first start compiles it.
const LIMIT: Duration = Duration::from_secs(120);

/// The local AWS, if there are tables.
pub(super) struct Aws {
    processes: Processes,
    target: PathBuf,
    tables: Mutex<BTreeSet<String>>,
    server: OnceLock<(u16, Process)>,
}

impl Aws {
    pub(super) fn new(processes: Processes, target: PathBuf) -> Self {
        Self { processes, target, tables: Mutex::default(), server: OnceLock::new() }
    }

    /// Creates those of the tables that do not exist yet.
    pub(super) async fn ensure(&self, tables: &[Table]) -> Outcome<()> {
        let mut there = self.tables.lock().await;
        for table in tables {
            if there.contains(&table.name) {
                continue;
            }
            let port = self.port().await?;
            dynamodb(port, "CreateTable", &table.create).await?;
            if let Some(attribute) = &table.expiry {
                let expiry = json!({ "AttributeName": attribute, "Enabled": true });
                let body = json!({ "TableName": table.name, "TimeToLiveSpecification": expiry });
                dynamodb(port, "UpdateTimeToLive", &body).await?;
            }
            there.insert(table.name.clone());
        }
        Ok(())
    }

    /// Its address, once it runs.
    pub(super) fn url(&self) -> Option<String> {
        self.server.get().map(|(port, _)| format!("http://127.0.0.1:{port}"))
    }

    /// Waits for its end, if it ever runs and ends.
    pub(super) async fn failed(&self) -> String {
        loop {
            if let Some((_, server)) = self.server.get() {
                let how = server.ended().await;
                return format!("The local AWS ended by itself ({how}){}", server.printed());
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// What the AWS SDK reads, once it runs.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        self.url().as_deref().map(variables).unwrap_or_default()
    }

    /// The port of the server, which is started now if it does not run. Only one caller is here at a time.
    async fn port(&self) -> Outcome<u16> {
        if let Some((port, _)) = self.server.get() {
            return Ok(*port);
        }
        let target = self.target.clone();
        let path =
            tokio::task::spawn_blocking(move || python::path_with(&target, &[Tool::LocalAws]))
                .await
                .map_err(|error| {
                    Failure::new(format!("The local AWS does not start: {error}"))
                })??;
        say!("Starting a local AWS …");
        let port = ports::free()?;
        // Looked up in that PATH, not in the one of this process.
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join("moto_server"))
            .find(|file| file.is_file())
            .unwrap_or_else(|| "moto_server".into());
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command.env("PATH", &path).env("AWS_DEFAULT_REGION", REGION);
        let server =
            self.processes.start("The local AWS", command, None, Arc::new(|_: &str| {}))?;
        let serving = async {
            while !client::answers(port, "/moto-api/").await {
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = serving => {}
            how = server.ended() => {
                return Err(Failure::new(format!("The local AWS ended by itself ({how}){}", server.printed())));
            }
            () = sleep(LIMIT) => {
                server.stop().await;
                return Err(Failure::new(format!("The local AWS does not answer after {} seconds", LIMIT.as_secs())));
            }
        }
        let (port, _) = self.server.get_or_init(|| (port, server));
        Ok(*port)
    }
}

/// What the AWS SDK reads. The files of the developer's own profiles are not read.
pub(super) fn variables(url: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_PROFILE", ""),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// One request. moto does not check the signature, but takes the service from it.
async fn dynamodb(port: u16, operation: &str, body: &Value) -> Outcome<()> {
    let scope = format!("local/20260101/{REGION}/dynamodb/aws4_request");
    let request = Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
        );
    let refuses =
        |why: String| Failure::new(format!("The local DynamoDB refuses {operation}: {why}"));
    match client::exchange(port, request, body.to_string()).await {
        Ok((status, _)) if status.is_success() => Ok(()),
        Ok((_, text)) => Err(refuses(String::from_utf8_lossy(&text).into_owned())),
        Err(error) => Err(refuses(error.to_string())),
    }
}
