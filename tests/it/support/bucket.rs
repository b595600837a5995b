//! S3 and IAM on this machine: moto, which checks the signature and the policy of each request once it is told to.

use bytes::Bytes;
use http::{Method, Request};
use shared::net::{Https, ServiceUrl};

use super::secrets_manager::SecretsManager;

const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const BUCKET: &str = "my-keys";

pub(crate) struct Bucket {
    moto: SecretsManager,
}

/// The credentials of a user.
pub(crate) struct User {
    pub(crate) key_id: String,
    pub(crate) secret: String,
}

impl Bucket {
    /// An empty bucket.
    pub(crate) async fn start() -> Self {
        let bucket = Self { moto: SecretsManager::start().await };
        bucket.send(Method::PUT, &format!("/{BUCKET}"), "s3", "").await;
        bucket
    }

    /// The value of `AWS_ENDPOINT_URL_S3`.
    pub(crate) fn url(&self) -> &str {
        &self.moto.url
    }

    /// A user who may do `action` with these objects.
    pub(crate) async fn user(&self, name: &str, action: &str, objects: &str) -> User {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::{BUCKET}/{objects}"}}]}}"#
        );
        let policy: String = policy.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.iam(&format!("Action=CreateUser&UserName={name}")).await;
        self.iam(&format!(
            "Action=PutUserPolicy&UserName={name}&PolicyName=p&PolicyDocument={policy}"
        ))
        .await;
        let answer = self.iam(&format!("Action=CreateAccessKey&UserName={name}")).await;
        let member = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        User { key_id: member("AccessKeyId"), secret: member("SecretAccessKey") }
    }

    /// Writes an object.
    pub(crate) async fn put(&self, object: &str, content: &serde_json::Value) {
        self.send(Method::PUT, &format!("/{BUCKET}/{object}"), "s3", &content.to_string()).await;
    }

    /// From now on, signatures and policies are checked.
    pub(crate) async fn check_callers(&self) {
        self.send(Method::POST, "/moto-api/reset-auth", "s3", "0").await;
    }

    async fn iam(&self, form: &str) -> String {
        self.send(Method::POST, "/", "iam", form).await
    }

    async fn send(&self, method: Method, path: &str, service: &str, body: &str) -> String {
        let url = ServiceUrl::parse(&format!("{}{path}", self.moto.url)).unwrap();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let request = Request::builder()
            .method(method)
            .uri(url.uri().clone())
            .header("content-type", if service == "iam" { FORM } else { "text/plain" })
            .header("authorization", authorization)
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        let answer = Https::new().send(request).await.unwrap();
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.status(), 200, "{path}: {text}");
        text
    }
}
