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

use super::{
    cached::{FETCH_POLICY, Stored, Variables},
    id::SecretId,
    manager::SecretsManager,
    secret::Secret,
};
use crate::config::Aws;

/// All secrets that a process reads.
pub(crate) struct Secrets {
    aws: Aws,
    clock: Arc<dyn Clock>,
    /// By the name or ARN that the variables contain.
    stored: Mutex<BTreeMap<String, (FetchedValue<Stored>, Variables)>>,
}

impl Secrets {
    /// The secrets of this process.
    pub(crate) fn of_process(setup: &Setup) -> &'static Self {
        static SECRETS: OnceLock<Secrets> = OnceLock::new();
        SECRETS.get_or_init(|| Self::new(Aws::default(), setup.clock()))
    }

    pub(crate) fn new(aws: Aws, clock: Arc<dyn Clock>) -> Self {
        Self { aws, clock, stored: Mutex::default() }
    }

    /// The secret that the variable names.
    pub(crate) fn secret(&self, setup: &Setup, variable: &str) -> Result<Secret, StartError> {
        let unfit = |problem: String| StartError::new(variable.to_owned(), problem);
        let value = setup.variable(variable).text().ok_or_else(|| {
            unfit(
                "is not set: set it to the name or ARN of a secret in AWS Secrets Manager"
                    .to_owned(),
            )
        })?;
        let id = SecretId::parse(&value)
            .map_err(|problem| unfit(format!("cannot be used: {problem}")))?;
        Ok(self.named(variable, id))
    }

    fn named(&self, variable: &str, id: SecretId) -> Secret {
        let variable: Arc<str> = variable.into();
        let mut all = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, variables) = all.entry(id.stored.clone()).or_insert_with(|| {
            let source = Box::new(SecretsManager::new(self.aws.clone(), &id.stored));
            let variables = Variables::default();
            let stored = Stored::new(source, variables.clone());
            (FetchedValue::new(stored, FETCH_POLICY, Arc::clone(&self.clock)), variables)
        });
        variables.add(&variable);
        Secret { variable, stored: stored.clone(), member: id.member.map(Into::into) }
    }
}
