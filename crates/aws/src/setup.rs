//! What a function's start gets from AWS: the SDK's configuration, and secrets.

use std::future::Future;

use aws_config::SdkConfig;
use shared::host::{Setup, StartError};

use crate::{
    config::Aws,
    secrets::{Secret, Secrets},
};

/// AWS for the start of a function: adds [`aws`](Self::aws) and [`secret`](Self::secret) to
/// [`Setup`](shared::host::Setup).
pub trait AwsSetup {
    /// The configuration of the AWS SDK, on our HTTPS client. It is made once per process, from the environment. If no
    /// region is known, the log says so, and each operation fails.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) {
    /// use firebase_callable_aws::AwsSetup;
    ///
    /// let dynamodb = aws_sdk_dynamodb::Client::new(&setup.aws().await);
    /// # }
    /// ```
    fn aws(&self) -> impl Future<Output = SdkConfig>;

    /// The secret that the variable names: the name or ARN of a secret of AWS Secrets Manager, `ssm:` and the name of a
    /// parameter, or either of them with `#member` for one string of its JSON object. It is read while the process
    /// waits for its first call.
    ///
    /// ```
    /// use firebase_callable_aws::{AwsSetup, Secret};
    /// use shared::host::{Setup, StartError};
    ///
    /// fn payment_key(setup: &Setup) -> Result<Secret, StartError> {
    ///     setup.secret("PAYMENT_KEY_SECRET")
    /// }
    /// ```
    ///
    /// # Errors
    /// The variable is not set, or its value cannot be the name of a secret; or `LOCAL_SECRETS_FILE` is set on the real
    /// Lambda, or names a file with a wrong line.
    fn secret(&self, variable: &str) -> Result<Secret, StartError>;
}

impl AwsSetup for Setup {
    async fn aws(&self) -> SdkConfig {
        Aws::default().config().await.clone()
    }

    fn secret(&self, variable: &str) -> Result<Secret, StartError> {
        let value = |name: &str| self.variable(name).text();
        let secret = Secrets::of_process(self).secret(value, self.is_on_real_lambda(), variable)?;
        if !secret.is_local() {
            let prefetched = secret.clone();
            self.prefetch(async move { prefetched.prefetch().await });
        }
        Ok(secret)
    }
}
