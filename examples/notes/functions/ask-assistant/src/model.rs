//! The language model: one HTTPS request, whose answer is a stream of server-sent events.

use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use firebase_callable_aws::{AwsSetup, Secret};
use serde::Deserialize;
use serde_json::json;
use shared::{
    Invocation,
    host::{Setup, StartError},
};

/// No event of the model is longer.
const LONGEST_EVENT: usize = 64 << 10;

#[derive(Clone)]
pub(crate) struct Model {
    http: reqwest::Client,
    url: reqwest::Url,
    key: Secret,
}

impl Model {
    /// The model at `ASSISTANT_URL`, with the key in the secret that `ASSISTANT_KEY_SECRET` names.
    pub(crate) fn open(setup: &Setup) -> anyhow::Result<Self> {
        let (url, key): (String, Secret) = StartError::all((
            setup.variable("ASSISTANT_URL").required("the address of the model"),
            setup.secret("ASSISTANT_KEY_SECRET"),
        ))?;
        Self::at(&url, key)
    }

    pub(crate) fn at(url: &str, key: Secret) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(shared::net::tls_config())
            .connect_timeout(Duration::from_secs(1))
            .build()?;
        Ok(Self { http, url: url.parse()?, key })
    }

    /// Sends the question. The whole answer must arrive a second before the call has to end.
    pub(crate) async fn ask(&self, text: &str, call: &Invocation) -> anyhow::Result<Answer> {
        let left = call.remaining(SystemTime::now()).unwrap_or(Duration::from_secs(60));
        let key = self.key.get().await?;
        let request = self.http.post(self.url.clone()).bearer_auth(key.expose());
        let request = request.timeout(left.saturating_sub(Duration::from_secs(1)));
        let answer = request.json(&json!({ "text": text, "stream": true })).send().await?;
        Ok(Answer { body: answer.error_for_status()?, read: Vec::new() })
    }
}

/// The answer, while it is written.
pub(crate) struct Answer {
    body: reqwest::Response,
    /// What was read and is not yet a whole event.
    read: Vec<u8>,
}

#[derive(Deserialize)]
struct Piece {
    text: String,
}

impl Answer {
    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.read.drain(..end + 2).collect();
                let event = String::from_utf8(event)?;
                let data = event.trim().strip_prefix("data: ").context("an event without data")?;
                if data == "[DONE]" {
                    return Ok(None);
                }
                return Ok(Some(serde_json::from_str::<Piece>(data)?.text));
            }
            ensure!(self.read.len() < LONGEST_EVENT, "an event is too long");
            self.read.extend(self.body.chunk().await?.context("the answer breaks off")?);
        }
    }
}
