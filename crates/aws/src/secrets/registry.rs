//! The secrets of one process. Variables that name the same stored secret share one cached copy of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use shared::{
    clock::Clock,
    fetched::FetchedValue,
    host::{Setup, StartError},
};
use tracing::warn;

use super::{
    cached::{FETCH_POLICY, Stored, Variables},
    error::Store,
    id::SecretId,
    local::{self, LocalSecrets},
    manager::SecretsManager,
    secret::Secret,
    source::SecretSource,
};
use crate::config::Aws;

/// All secrets that a process reads. In a function, [`secret`](crate::AwsSetup::secret) does this; on other hosts, and in
/// tests with a stand-in of AWS:
///
/// ```
/// use std::sync::Arc;
///
/// use firebase_callable_aws::{Aws, Secret, secrets::Secrets};
/// use shared::{clock::SystemClock, host::StartError};
///
/// fn payment_key() -> Result<Secret, StartError> {
///     let secrets = Secrets::new(Aws::default(), Arc::new(SystemClock::new()));
///     secrets.named("PAYMENT_KEY_SECRET", "payment#live")
/// }
/// # payment_key().unwrap();
/// ```
#[derive(Debug)]
pub struct Secrets {
    aws: Aws,
    clock: Arc<dyn Clock>,
    /// By the names or ARNs that the variables contain.
    stored: Mutex<BTreeMap<String, (FetchedValue<Stored>, Variables)>>,
}

impl Secrets {
    /// The secrets of this process.
    pub(crate) fn of_process(setup: &Setup) -> &'static Self {
        static SECRETS: OnceLock<Secrets> = OnceLock::new();
        SECRETS.get_or_init(|| Self::new(Aws::default(), setup.clock()))
    }

    /// No secrets yet. Those that are named will be read with this configuration, and age by this clock.
    #[must_use]
    pub fn new(aws: Aws, clock: Arc<dyn Clock>) -> Self {
        Self { aws, clock, stored: Mutex::default() }
    }

    /// The secret that the variable names or, if there is a file of local secrets, the file's line of the variable's
    /// name.
    pub(crate) fn secret(
        &self,
        value: impl Fn(&str) -> Option<String>,
        on_real_lambda: bool,
        variable: &str,
    ) -> Result<Secret, StartError> {
        if let Some(path) = value(local::VARIABLE) {
            return self.local(&path, on_real_lambda, variable);
        }
        let value = value(variable).ok_or_else(|| {
            let problem = format_args!(
                "is not set: set it to the name or ARN of a secret in AWS Secrets Manager, or to \
                 ssm: and the name of a parameter; in a local run, set {} to a file with a line \
                 {variable}=",
                local::VARIABLE
            );
            StartError::new(variable.to_owned(), problem)
        })?;
        self.named(variable, &value)
    }

    /// The secret that `value` names, for errors that say that it is the value of `variable`. Nothing is read yet.
    ///
    /// # Errors
    /// `value` cannot be a name.
    pub fn named(&self, variable: &str, value: &str) -> Result<Secret, StartError> {
        let unfit = |problem: &str| StartError::new(variable.to_owned(), problem);
        let id = SecretId::parse(value)
            .map_err(|problem| unfit(&format!("cannot be used: {problem}")))?;
        let source: Box<dyn SecretSource> = match id.store {
            #[cfg(feature = "parameters")]
            Store::ParameterStore => {
                Box::new(super::parameter::Parameter::new(self.aws.clone(), &id.name))
            }
            #[cfg(not(feature = "parameters"))]
            Store::ParameterStore => {
                return Err(unfit(
                    "names a parameter, and this program has no client for parameters: build it with \
                     the feature `parameters` of firebase-callable-aws",
                ));
            }
            _ => Box::new(SecretsManager::new(self.aws.clone(), &id.name)),
        };
        let key = format!("{:?} {}", id.store, id.name);
        let stored = self.stored_once(key, variable, source);
        let (variable, member) = (variable.into(), id.member.map(Into::into));
        Ok(Secret { variable, store: id.store, stored, member })
    }

    fn local(
        &self,
        path: &str,
        on_real_lambda: bool,
        variable: &str,
    ) -> Result<Secret, StartError> {
        let unfit = |problem: String| StartError::new(local::VARIABLE, problem);
        if on_real_lambda {
            let problem =
                "is set on Lambda: unset it, since secrets of a file are for local runs only";
            return Err(unfit(problem.to_owned()));
        }
        let secrets = LocalSecrets::read(path)
            .map_err(|problem| unfit(format!("cannot be used: {problem}: correct the file")))?;
        let source = secrets.source(variable, path);
        if let Err(sentence) = &source.0 {
            warn!("the secret of {variable} is missing: {sentence}");
        }
        let key = format!("{:?} {variable}", Store::File);
        let stored = self.stored_once(key, variable, Box::new(source));
        Ok(Secret { variable: variable.into(), store: Store::File, stored, member: None })
    }

    fn stored_once(
        &self,
        key: String,
        variable: &str,
        source: Box<dyn SecretSource>,
    ) -> FetchedValue<Stored> {
        let mut all = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, variables) = all.entry(key).or_insert_with(|| {
            let variables = Variables::default();
            let stored = Stored::new(source, variables.clone());
            (FetchedValue::new(stored, FETCH_POLICY, Arc::clone(&self.clock)), variables)
        });
        variables.add(variable);
        stored.clone()
    }
}
