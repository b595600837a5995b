//! The configuration of the AWS SDK, whose requests go through our HTTPS client.

use std::{
    env,
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    identity::IdentityCache, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use shared::Redacted;
use tokio::sync::OnceCell;
use tracing::error;

use crate::connector;

const REGION: &str = "AWS_REGION";

/// The variables that Lambda sets for the AWS SDK.
const OF_LAMBDA: [&str; 4] =
    ["AWS_LAMBDA_RUNTIME_API", REGION, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
/// Beginnings of variables that do not change what these four say.
const OTHERS: [&str; 6] = [
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_",
    "AWS_SESSION_TOKEN",
    "AWS_XRAY_",
];

/// The configuration of the AWS SDK. It is read from the environment when it is first needed, so that a cold start
/// without a need for AWS does not spend time on it.
#[derive(Debug, Clone)]
pub struct Aws(Redacted<Arc<OnceCell<SdkConfig>>>);

/// The configuration of this process, which every part of it shares.
impl Default for Aws {
    fn default() -> Self {
        static OF_PROCESS: OnceLock<Aws> = OnceLock::new();
        OF_PROCESS.get_or_init(|| Self(Redacted(Arc::default()))).clone()
    }
}

impl Aws {
    /// Uses this configuration instead of the environment's. A configuration without an HTTP client gets ours.
    ///
    /// ```
    /// use aws_config::{BehaviorVersion, Region, SdkConfig};
    /// use firebase_callable_aws::Aws;
    ///
    /// let config = SdkConfig::builder()
    ///     .behavior_version(BehaviorVersion::latest())
    ///     .region(Region::new("eu-central-1"))
    ///     .build();
    /// let aws = Aws::with(config);
    /// ```
    #[must_use]
    pub fn with(config: SdkConfig) -> Self {
        let client = config.http_client().unwrap_or_else(connector::client);
        let config = config.into_builder().http_client(client).build();
        Self(Redacted(Arc::new(OnceCell::new_with(Some(config)))))
    }

    /// The configuration, read from the environment at the first call.
    ///
    /// ```no_run
    /// # async fn f() {
    /// let config = firebase_callable_aws::Aws::default().config().await.clone();
    /// # }
    /// ```
    pub async fn config(&self) -> &SdkConfig {
        self.0.0.get_or_init(from_environment).await
    }
}

/// Reads the configuration. The SDK's own loader looks for files and parses some thirty settings, which takes a fifth
/// of a cold start. In Lambda, four variables say all of it.
async fn from_environment() -> SdkConfig {
    let names: Vec<String> = env::vars_os().filter_map(|it| it.0.into_string().ok()).collect();
    let region = env::var(REGION).ok().filter(|region| !region.is_empty());
    let config = match region {
        Some(region) if are_only_lambdas(&names) => {
            let credentials = EnvironmentVariableCredentialsProvider::new();
            let mut config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(region))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .http_client(connector::client())
                .timeout_config(timeouts())
                .retry_config(retries());
            // One cache for all clients.
            config.set_identity_cache(Some(IdentityCache::lazy().build()));
            config.build()
        }
        _ => {
            aws_config::defaults(BehaviorVersion::latest())
                .http_client(connector::client())
                .timeout_config(timeouts())
                .retry_config(retries())
                .load()
                .await
        }
    };
    if config.region().is_none() {
        error!(
            "{REGION} is not set: set it to the region of your tables and secrets, as in \
             {REGION}=eu-central-1"
        );
    }
    config
}

/// Whether these variables are all that the configuration depends on: there are the four of Lambda, and none that the
/// SDK's own loader would have to interpret.
fn are_only_lambdas(names: &[String]) -> bool {
    let is_known = |name: &str| {
        OF_LAMBDA.contains(&name) || OTHERS.iter().any(|other| name.starts_with(other))
    };
    OF_LAMBDA.iter().all(|&needed| names.iter().any(|name| name == needed))
        && names.iter().all(|name| !name.starts_with("AWS_") || is_known(name))
}

/// An operation gets its second attempt while a caller is still there to wait for it.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(more: &[&str]) -> Vec<String> {
        let of_lambda = OF_LAMBDA.iter().chain(more);
        of_lambda.map(ToString::to_string).collect()
    }

    #[test]
    fn the_variables_of_lambda_need_no_loader() {
        for others in [
            vec![],
            vec!["AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"],
            vec!["AWS_LAMBDA_FUNCTION_NAME", "AWS_XRAY_CONTEXT_MISSING", "PATH", "NOTES_TABLE"],
        ] {
            assert!(are_only_lambdas(&names(&others)), "{others:?}");
        }
    }

    #[test]
    fn every_other_variable_of_the_sdk_is_left_to_its_loader() {
        for other in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_PROFILE",
            "AWS_CONFIG_FILE",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_USE_DUALSTACK_ENDPOINT",
            "AWS_MAX_ATTEMPTS",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_SOMETHING_NEW",
        ] {
            assert!(!are_only_lambdas(&names(&[other])), "{other}");
        }
        for missing in OF_LAMBDA {
            let without: Vec<String> =
                names(&[]).into_iter().filter(|name| name != missing).collect();
            assert!(!are_only_lambdas(&without), "{missing}");
        }
    }
}
