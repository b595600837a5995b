//! Which AWS role we run as, stated so that Google can check it with AWS: a `GetCallerIdentity` request
//! that is signed and never sent by us. Source: googleapis/google-auth-library-python
//! `google/auth/aws.py`.

use std::sync::Arc;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::{clock::Clock, net::BoxFuture};

use super::manager::Aws;
use crate::{GoogleError, SubjectTokens};

/// Ties the statement to one pool at Google: taken elsewhere, it is worth nothing.
const TARGET: &str = "x-goog-cloud-target-resource";

/// The role that the AWS SDK finds in the environment; in Lambda, the function's.
#[derive(Debug)]
pub struct CallerIdentity {
    aws: Aws,
    clock: Arc<dyn Clock>,
}

impl CallerIdentity {
    /// States the role of `aws` at times that `clock` tells.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::aws::{Aws, CallerIdentity};
    /// use shared::clock::SystemClock;
    ///
    /// let role = CallerIdentity::new(Aws::default(), Arc::new(SystemClock::new()));
    /// ```
    #[must_use]
    pub fn new(aws: Aws, clock: Arc<dyn Clock>) -> Self {
        Self { aws, clock }
    }

    async fn statement(&self, audience: &str) -> Result<String, GoogleError> {
        let unfit = |sentence: &str| GoogleError::Credentials(sentence.to_owned());
        let config = self.aws.config().await;
        let region = config.region().ok_or_else(|| unfit("AWS_REGION is not set"))?;
        let provider = config
            .credentials_provider()
            .ok_or_else(|| unfit("there are no AWS credentials to state the role with"))?;
        let identity = provider
            .provide_credentials()
            .await
            .map_err(|_| unfit("there are no AWS credentials to state the role with"))?
            .into();
        let host = format!("sts.{region}.amazonaws.com");
        let url = format!("https://{host}?Action=GetCallerIdentity&Version=2011-06-15");

        let cannot_sign = || unfit("the statement of the AWS role cannot be signed");
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.as_ref())
            .name("sts")
            .time(self.clock.wall())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| cannot_sign())?
            .into();
        let headers = [("host", host.as_str()), (TARGET, audience)];
        let request =
            SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(b""))
                .map_err(|_| cannot_sign())?;
        let (signed, _) = sign(request, &parameters).map_err(|_| cannot_sign())?.into_parts();
        let header = |name: &str, value: &str| json!({ "key": name, "value": value });
        let headers: Vec<Value> = headers
            .into_iter()
            .chain(signed.headers())
            .map(|(name, value)| header(name, value))
            .collect();
        let statement = json!({ "headers": headers, "method": "POST", "url": url }).to_string();
        Ok(utf8_percent_encode(&statement, NON_ALPHANUMERIC).to_string())
    }
}

impl SubjectTokens for CallerIdentity {
    fn subject_token<'a>(
        &'a self,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<String, GoogleError>> {
        Box::pin(self.statement(audience))
    }
}
