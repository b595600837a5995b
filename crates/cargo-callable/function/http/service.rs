//! The other service.

use std::{
    error::Error,
    future::Future,
    time::{Duration, SystemTime},
};

use firebase_callable_aws::{AwsSetup, Secret};
use serde::Deserialize;
use serde_json::json;
use shared::{
    Invocation,
    host::{Setup, StartError},
};

type Failure = Box<dyn Error + Send + Sync>;

/// What the handler needs of the service.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    fn ask(
        &self,
        text: &str,
        call: &Invocation,
    ) -> impl Future<Output = Result<String, Failure>> + Send;
}

#[derive(Clone)]
pub(crate) struct Remote {
    http: reqwest::Client,
    url: reqwest::Url,
    key: Secret,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl Remote {
    /// The service at `{{ variable }}_URL`, with the key in the secret that `{{ variable }}_KEY_SECRET` names.
    pub(crate) fn open(setup: &Setup) -> Result<Self, Failure> {
        let (url, key): (String, Secret) = StartError::all((
            setup.variable("{{ variable }}_URL").required("the address of the service"),
            setup.secret("{{ variable }}_KEY_SECRET"),
        ))?;
        Self::at(&url, key)
    }

    pub(crate) fn at(url: &str, key: Secret) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(shared::net::tls_config())
            .connect_timeout(Duration::from_secs(1))
            .build()?;
        Ok(Self { http, url: url.parse()?, key })
    }
}

impl Service for Remote {
    async fn ask(&self, text: &str, call: &Invocation) -> Result<String, Failure> {
        let key = self.key.get().await?;
        let request = self.http.post(self.url.clone()).bearer_auth(key.expose());
        let request = request.json(&json!({ "text": text })).timeout(time_left(call));
        Ok(request.send().await?.error_for_status()?.json::<Answer>().await?.text)
    }
}

/// Five seconds, or what the call has left, less a second for its answer.
fn time_left(call: &Invocation) -> Duration {
    let most = Duration::from_secs(5);
    let left = call.remaining(SystemTime::now()).unwrap_or(most);
    left.saturating_sub(Duration::from_secs(1)).min(most)
}
