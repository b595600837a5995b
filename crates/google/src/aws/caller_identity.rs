//! Proves to Google which AWS role we run as: a signed `GetCallerIdentity` request, which Google sends to AWS. Source:
//! googleapis/google-auth-library-python `google/auth/aws.py`.

use std::{error::Error, sync::Arc};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use firebase_callable_aws::Aws;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::{clock::Clock, net::BoxFuture};

use crate::{GoogleError, federation::SubjectTokens};

/// This header limits the signed request to one identity pool at Google: no other pool accepts it.
const TARGET: &str = "x-goog-cloud-target-resource";

/// Proves the role whose credentials the AWS SDK finds in the environment; in Lambda, the function's role.
#[derive(Debug)]
pub(crate) struct CallerIdentity {
    aws: Aws,
    clock: Arc<dyn Clock>,
}

impl CallerIdentity {
    pub(crate) fn new(aws: Aws, clock: Arc<dyn Clock>) -> Self {
        Self { aws, clock }
    }

    async fn signed_request(&self, audience: &str) -> Result<String, GoogleError> {
        let unfit = |sentence: &str| GoogleError::Credentials(sentence.to_owned());
        let no_credentials = || unfit("there are no AWS credentials to sign the identity request");
        let config = self.aws.config().await;
        let region = config.region().ok_or_else(|| unfit("AWS_REGION is not set"))?.as_ref();
        let provider = config.credentials_provider().ok_or_else(no_credentials)?;
        let identity = provider.provide_credentials().await.map_err(|_| no_credentials())?.into();
        let host = format!("sts.{region}.amazonaws.com");
        let url = format!("https://{host}?Action=GetCallerIdentity&Version=2011-06-15");
        let headers = [("host", host.as_str()), (TARGET, audience)];
        let headers = self
            .signed_headers(&identity, region, &url, headers)
            .map_err(|_| unfit("the AWS identity request cannot be signed"))?;
        let request = json!({ "headers": headers, "method": "POST", "url": url }).to_string();
        Ok(utf8_percent_encode(&request, NON_ALPHANUMERIC).to_string())
    }

    /// Returns `headers` and the headers of the signature, in the form that Google's token exchange accepts.
    fn signed_headers(
        &self,
        identity: &Identity,
        region: &str,
        url: &str,
        headers: [(&str, &str); 2],
    ) -> Result<Vec<Value>, Box<dyn Error>> {
        let parameters = v4::SigningParams::builder()
            .identity(identity)
            .region(region)
            .name("sts")
            .time(self.clock.wall())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = SignableBody::Bytes(b"");
        let request = SignableRequest::new("POST", url, headers.into_iter(), body)?;
        let (signed, _) = sign(request, &parameters)?.into_parts();
        let header = |(name, value)| json!({ "key": name, "value": value });
        Ok(headers.into_iter().chain(signed.headers()).map(header).collect())
    }
}

impl SubjectTokens for CallerIdentity {
    fn token_type(&self) -> &'static str {
        "urn:ietf:params:aws:token-type:aws4_request"
    }

    fn subject_token<'a>(
        &'a self,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<String, GoogleError>> {
        Box::pin(self.signed_request(audience))
    }
}
