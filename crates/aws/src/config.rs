//! The configuration of the AWS SDK, whose requests go through our HTTPS client.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use shared::Redacted;
use tokio::sync::OnceCell;

use crate::connector;

/// The configuration of the AWS SDK. It is read from the environment when it is first needed, so that a cold start
/// without a secret does not spend time on it.
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
        let load = || async {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(2))
                .operation_timeout(Duration::from_secs(3))
                .build();
            aws_config::defaults(BehaviorVersion::latest())
                .http_client(connector::client())
                .timeout_config(timeouts)
                .retry_config(RetryConfig::standard().with_max_attempts(2))
                .load()
                .await
        };
        self.0.0.get_or_init(load).await
    }
}
