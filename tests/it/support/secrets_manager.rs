//! AWS Secrets Manager on this machine: moto's server, or an endpoint that only fails. Also starts the function that
//! needs it.

use std::{
    convert::Infallible,
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use firebase_callable_aws::Aws;
use firebase_callable_google::testing::GoogleTestKeys;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use shared::{
    net::{Https, ServiceUrl},
    testing::TestKeys,
};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::Mutex,
};

use super::{
    PROJECT,
    process::{Process, exchange},
    root,
    runtime_api::RuntimeApi,
    soon,
};

pub(crate) const ISSUER: &str = "https://clerk.example.com";
pub(crate) const PARTY: &str = "https://app.example.com";
/// The name of the secret with the service account's key.
pub(crate) const SECRET: &str = "firebase/service-account";

/// The key of a service account, as Google's console exports it.
pub(crate) fn service_account() -> Value {
    TestKeys::shared().service_account(PROJECT, "https://oauth2.googleapis.com/token")
}

/// Starts the release of `exchangeClerkToken` under `watcher`. Secrets Manager is at `secrets`.
pub(crate) fn start_exchange(
    api: &RuntimeApi,
    watcher: &[&str],
    secrets: &str,
    more: &[(&str, &str)],
) -> Process {
    let key = TestKeys::shared().public_key_pem();
    let mut all = vec![
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_SERVICE_ACCOUNT_SECRET", SECRET),
        ("CLERK_ISSUER", ISSUER),
        ("CLERK_AUTHORIZED_PARTIES", PARTY),
        ("CLERK_JWT_KEY", key.as_str()),
        ("ALLOWED_ORIGINS", PARTY),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    all.extend(more);
    api.function_under(watcher, exchange(), &all)
}

/// Secrets Manager without any secret; it ends with the test.
pub(crate) struct SecretsManager {
    pub(crate) url: String,
    _server: Child,
}

impl SecretsManager {
    pub(crate) async fn start() -> Self {
        let program = root().join(".tools/venv/bin/moto_server");
        assert!(program.exists(), "{} is not there; make test installs it", program.display());
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &free.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let manager = Self { url: format!("http://{free}"), _server: server };
        let ready = async {
            let mut pause = tokio::time::interval(Duration::from_millis(50));
            while manager.call("ListSecrets", &json!({})).await.is_none() {
                pause.tick().await;
            }
        };
        soon("the start of moto", ready).await;
        manager
    }

    pub(crate) async fn create(&self, name: &str, text: &str) {
        let body = json!({ "Name": name, "SecretString": text });
        self.call("CreateSecret", &body).await.unwrap();
    }

    pub(crate) async fn create_binary(&self, name: &str) {
        let body = json!({ "Name": name, "SecretBinary": "AAEC" });
        self.call("CreateSecret", &body).await.unwrap();
    }

    pub(crate) async fn put(&self, name: &str, text: &str) {
        let body = json!({ "SecretId": name, "SecretString": text });
        self.call("PutSecretValue", &body).await.unwrap();
    }

    async fn call(&self, action: &str, body: &Value) -> Option<Bytes> {
        let request = Request::post(ServiceUrl::parse(&self.url).unwrap().uri().clone())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("secretsmanager.{action}"))
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=t/20260101/eu-west-1/secretsmanager/aws4_request, \
                 SignedHeaders=host, Signature=0",
            )
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let response = Https::new().send(request).await.ok()?;
        assert_eq!(response.status(), 200, "{action}: {:?}", response.body());
        Some(response.into_body())
    }
}

/// The AWS SDK, configured for the endpoint at this URL.
pub(crate) fn aws(url: &str) -> Aws {
    let credentials = Credentials::new("test", "test", None, None::<SystemTime>, "test");
    Aws::with(
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(url)
            .build(),
    )
}

/// The URL of an endpoint that answers every request with this AWS error.
pub(crate) async fn failing(status: u16, error: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(move |_: Request<hyper::body::Incoming>| async move {
                let body = json!({ "__type": error, "Message": "not-to-be-seen" }).to_string();
                let response = Response::builder()
                    .status(status)
                    .header("content-type", "application/x-amz-json-1.1")
                    .header("x-amzn-errortype", error)
                    .body(Full::new(Bytes::from(body)));
                Ok::<_, Infallible>(response.unwrap())
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}

/// The URL of a server that passes requests on to moto, one after the other. DynamoDB changes an item atomically, and
/// moto does not.
pub(crate) async fn one_at_a_time(url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (moto, turn) = (url.to_owned(), Arc::new(Mutex::new(Https::new())));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (moto, turn) = (moto.clone(), Arc::clone(&turn));
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let (moto, turn) = (moto.clone(), Arc::clone(&turn));
                async move {
                    let (mut parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    parts.uri = ServiceUrl::parse(&moto).unwrap().uri().clone();
                    let sent = turn.lock().await.send(Request::from_parts(parts, body)).await;
                    Ok::<_, hyper::Error>(sent.unwrap().map(Full::new))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}
