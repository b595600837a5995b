//! The entry: Google's services, asked as the service account that `FIREBASE_SERVICE_ACCOUNT_SECRET` names.

use std::sync::Arc;

use shared::{
    clock::Clock,
    host::{AuthEmulator, Setup, StartError},
};

use crate::{
    Accounts, AppCheckService, CustomTokens, Revocation, Signers,
    aws::{Aws, ServiceAccount, VARIABLE},
    emulator::{self, EmulatorSigner},
};

/// Google's services, asked as one service account. One per process: clones share the account, its access token and
/// the cache of [`Google::revocation`].
///
/// A local run with the Auth emulator asks the emulator for accounts. It needs no service account there: without one,
/// custom tokens are not signed, as the emulator wants them.
///
/// ```no_run
/// use firebase_callable_google::Google;
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// async fn publish(_: CallableRequest<String>) -> Result<(), HttpsError> {
///     Ok(())
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_service(|setup| {
///         let google = Google::from_setup(setup)?;
///         let callable = Callable::new(publish)
///             .check_revoked(google.revocation())
///             .consume_app_check_token(google.app_check()?);
///         setup.callable(callable)
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Google {
    project_id: String,
    clock: Arc<dyn Clock>,
    identity: Identity,
    revocation: Revocation,
}

/// Who asks.
#[derive(Debug, Clone)]
enum Identity {
    ServiceAccount(ServiceAccount),
    /// A local run. No value of this variant exists in builds without the feature `emulator`.
    AuthEmulator(AuthEmulator, Option<ServiceAccount>),
}

impl Google {
    /// The service account of `FIREBASE_SERVICE_ACCOUNT_SECRET`, which must belong to the Firebase project. The secret
    /// is read beside the first poll.
    ///
    /// In a local run, call `setup.accept_auth_emulator(…)` before.
    ///
    /// ```no_run
    /// # use firebase_callable_google::Google;
    /// # fn build(setup: &shared::host::Setup) -> Result<(), shared::host::StartError> {
    /// let google = Google::from_setup(setup)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Self::with_account(setup, |secret| {
            ServiceAccount::new(Aws::default(), secret, setup.project_id(), setup.clock())
        })
    }

    /// The same for a function that signs no custom tokens. Its account may belong to another
    /// project, and should: a key of an account of this project can sign in as any user, whatever
    /// roles the account has. What [`Google::custom_tokens`] signs as an account of another project is refused by
    /// Firebase.
    ///
    /// ```no_run
    /// # use firebase_callable_google::Google;
    /// # fn build(setup: &shared::host::Setup) -> Result<(), shared::host::StartError> {
    /// let accounts = Google::of_any_project(setup)?.accounts();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The variable is not set.
    pub fn of_any_project(setup: &Setup) -> Result<Self, StartError> {
        Self::with_account(setup, |secret| {
            ServiceAccount::of_any_project(Aws::default(), secret, setup.clock())
        })
    }

    fn with_account(
        setup: &Setup,
        make: impl FnOnce(&str) -> ServiceAccount,
    ) -> Result<Self, StartError> {
        let account = setup.variable(VARIABLE).map(|secret| make(&secret));
        if let Some(account) = account.clone() {
            setup.prefetch(async move { account.prefetch().await });
        }
        let identity = match (setup.auth_emulator(), account) {
            (Some(emulator), account) => Identity::AuthEmulator(emulator.clone(), account),
            (None, Some(account)) => Identity::ServiceAccount(account),
            (None, None) => return Err(not_set()),
        };
        let (project_id, clock) = (setup.project_id().to_owned(), setup.clock());
        let revocation = Revocation::new(identity.accounts(&project_id), Arc::clone(&clock));
        Ok(Self { project_id, clock, identity, revocation })
    }

    /// Signs custom tokens, with which a client signs in as any user.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::{CustomToken, Google};
    ///
    /// let tokens = Google::from_setup(setup)?.custom_tokens();
    /// let token = tokens.sign(&CustomToken::new("ada")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn custom_tokens(&self) -> CustomTokens {
        let signers: Arc<dyn Signers> = match &self.identity {
            Identity::ServiceAccount(account) | Identity::AuthEmulator(_, Some(account)) => {
                Arc::new(account.clone())
            }
            Identity::AuthEmulator(_, None) => Arc::new(EmulatorSigner),
        };
        CustomTokens::new(signers, Arc::clone(&self.clock))
    }

    /// The accounts of the project's users: looked up, revoked, disabled and enabled.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::Google;
    ///
    /// let accounts = Google::from_setup(setup)?.accounts();
    /// let ada = accounts.lookup(None, "ada").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.identity.accounts(&self.project_id)
    }

    /// Who refuses revoked, disabled and deleted users, for [`shared::Callable::check_revoked`]. Answers are cached
    /// for a minute. The service account needs the role *Firebase Authentication Viewer*.
    ///
    /// ```no_run
    /// # use firebase_callable_google::Google;
    /// # fn build(setup: &shared::host::Setup, callable: shared::Callable) -> Result<(), shared::host::StartError> {
    /// let callable = callable.check_revoked(Google::from_setup(setup)?.revocation());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn revocation(&self) -> Revocation {
        self.revocation.clone()
    }

    /// Who marks App Check tokens as used, for [`shared::Callable::consume_app_check_token`]. The service account
    /// needs the role *Firebase App Check Token Verifier*.
    ///
    /// ```no_run
    /// # use firebase_callable_google::Google;
    /// # fn build(setup: &shared::host::Setup, callable: shared::Callable) -> Result<(), shared::host::StartError> {
    /// let callable = callable.consume_app_check_token(Google::from_setup(setup)?.app_check()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `FIREBASE_SERVICE_ACCOUNT_SECRET` is not set, in a local run: the Auth emulator has no App Check.
    pub fn app_check(&self) -> Result<AppCheckService, StartError> {
        Ok(AppCheckService::new(&self.project_id, Arc::new(self.service_account()?)))
    }

    /// The service account itself: for other secrets that stand beside its key, and for other services of Google's.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::Google;
    ///
    /// let account = Google::of_any_project(setup)?.service_account()?;
    /// let payment_key = account.member("payment_key").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `FIREBASE_SERVICE_ACCOUNT_SECRET` is not set, in a local run with the Auth emulator.
    pub fn service_account(&self) -> Result<ServiceAccount, StartError> {
        match &self.identity {
            Identity::ServiceAccount(account) | Identity::AuthEmulator(_, Some(account)) => {
                Ok(account.clone())
            }
            Identity::AuthEmulator(_, None) => Err(not_set()),
        }
    }
}

impl Identity {
    fn accounts(&self, project_id: &str) -> Accounts {
        match self {
            Self::ServiceAccount(account) => Accounts::new(project_id, Arc::new(account.clone())),
            Self::AuthEmulator(emulator, _) => emulator::accounts(emulator, project_id),
        }
    }
}

fn not_set() -> StartError {
    StartError::new(
        VARIABLE,
        "is not set: set it to the name or ARN of the secret in AWS Secrets Manager that \
         holds the JSON key of a service account of the Firebase project",
    )
}
