//! The entry point: Google's services, called as the service account of `FIREBASE_SERVICE_ACCOUNT_SECRET`.

use std::sync::Arc;

use shared::host::{Setup, StartError};

use crate::{
    Accounts, AppCheckService, CustomTokens, Revocation, Signers,
    aws::{ScopedTokens, ServiceAccount},
    emulator::{self, EmulatorSigner},
    scopes::Scopes,
};

/// Google's services, called as one service account. Make one per process: clones share the account, its access token
/// and the cache of [`Google::revocation`].
///
/// In a local run with the Auth emulator, [`Google::accounts`] and [`Google::revocation`] use the emulator, and a
/// service account is not required. Without one, custom tokens have an empty signature, as the emulator expects.
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
///     shared::run_with(async |setup| {
///         let google = Google::from_setup(setup)?;
///         Ok(Callable::new(publish)
///             .check_revoked(google.revocation())
///             .consume_app_check_token(google.app_check()?))
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Google {
    project_id: String,
    /// An error only in a local run with the Auth emulator.
    account: Result<ServiceAccount, StartError>,
    custom_tokens: CustomTokens,
    accounts: Accounts,
    revocation: Revocation,
    #[cfg(feature = "firestore")]
    firestore: crate::firestore::AsServiceAccount,
}

impl Google {
    /// Uses the service account of `FIREBASE_SERVICE_ACCOUNT_SECRET`, which must belong to the Firebase project. The
    /// secret is read while the process waits for its first event.
    ///
    /// For a local run, call `setup.accept_auth_emulator(…)` first.
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
        Self::of_project(setup, Some(setup.project_id()))
    }

    /// Uses a service account that may belong to another project, for a function that does not sign custom tokens.
    /// Prefer such an account where possible: a key of an account of this project can sign in as any user, whatever
    /// roles the account has. Firebase refuses custom tokens signed by an account of another project.
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
        Self::of_project(setup, None)
    }

    fn of_project(setup: &Setup, account_project: Option<&str>) -> Result<Self, StartError> {
        let (project_id, clock) = (setup.project_id(), setup.clock());
        let account = ServiceAccount::from_setup(setup, account_project);
        let (accounts, signers): (Accounts, Arc<dyn Signers>) =
            match (setup.auth_emulator(), account.clone()) {
                (None, account) => {
                    let account = Arc::new(account?);
                    (Accounts::new(project_id, account.clone()), account)
                }
                (Some(emulator), Ok(account)) => {
                    (emulator::accounts(emulator, project_id), Arc::new(account))
                }
                (Some(emulator), Err(_)) => {
                    (emulator::accounts(emulator, project_id), Arc::new(EmulatorSigner))
                }
            };
        #[cfg(feature = "firestore")]
        let firestore = {
            use crate::firestore::{AsServiceAccount, as_service_account::SCOPE, client};

            let tokens: Arc<dyn crate::AccessTokens> = match setup.auth_emulator() {
                None => Arc::new(ScopedTokens::new(account.clone(), Scopes::new([SCOPE]))),
                Some(_) => Arc::new(emulator::owner()),
            };
            AsServiceAccount::new(project_id, client::address(setup)?, tokens)
        };
        Ok(Self {
            #[cfg(feature = "firestore")]
            firestore,
            project_id: project_id.to_owned(),
            account,
            custom_tokens: CustomTokens::new(signers, Arc::clone(&clock)),
            accounts: accounts.clone(),
            revocation: Revocation::new(accounts, clock),
        })
    }

    /// Signs custom tokens. A client signs in as the user that its custom token names.
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
        self.custom_tokens.clone()
    }

    /// The accounts of the project's users: looks them up, ends their sign-ins, disables and enables them.
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
        self.accounts.clone()
    }

    /// Refuses revoked, disabled and deleted users, for [`shared::Callable::check_revoked`]. Answers are cached
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

    /// Marks App Check tokens as used, for [`shared::Callable::consume_app_check_token`]. The service account
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
    /// In a local run with the Auth emulator: `FIREBASE_SERVICE_ACCOUNT_SECRET` is not set. The emulator does not
    /// offer App Check.
    pub fn app_check(&self) -> Result<AppCheckService, StartError> {
        Ok(AppCheckService::new(&self.project_id, Arc::new(self.service_account()?)))
    }

    /// Firestore as the service account, which no Security Rule applies to: the crate `firestore`, whose client is made at
    /// the first use. The service account needs the role *Cloud Datastore User*. Only with the feature `firestore`, which
    /// makes a function about 3 MB larger.
    ///
    /// In a local run with the Auth emulator, the emulator that `FIRESTORE_EMULATOR_HOST` names, which must be on this
    /// machine; Google's Firestore is then not used.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::Google;
    ///
    /// let firestore = Google::from_setup(setup)?.firestore();
    /// let db = firestore.db().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "firestore")]
    #[must_use]
    pub fn firestore(&self) -> crate::firestore::AsServiceAccount {
        self.firestore.clone()
    }

    /// Access tokens of the service account for other Google APIs. A token is requested when it is first needed, cached
    /// for each set of scopes until five minutes before it expires, and shared by all calls. Write the scopes in the
    /// program; never take them from a call. [`AccessToken::expose`](crate::AccessToken::expose) gives the text.
    ///
    /// The scopes limit what the token can do; the account's roles limit it as well. Without a need for less, pass
    /// `https://www.googleapis.com/auth/cloud-platform`, which [`Self::service_account`] uses for everything else here.
    ///
    /// In a local run with the Auth emulator and without a service account, each request for a token fails.
    ///
    /// ```no_run
    /// # async fn f(setup: &shared::host::Setup) -> Result<(), Box<dyn std::error::Error>> {
    /// use firebase_callable_google::{AccessTokens, Google};
    ///
    /// let google = Google::from_setup(setup)?;
    /// let messaging = google.access_tokens(["https://www.googleapis.com/auth/firebase.messaging"]);
    /// let token = messaging.access_token().await?;
    /// let authorization = format!("Bearer {}", token.expose());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn access_tokens(
        &self,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> ScopedTokens {
        ScopedTokens::new(self.account.clone(), Scopes::new(scopes))
    }

    /// The service account itself: for other secrets in the JSON object of its key, and as the [`crate::AccessTokens`]
    /// of [`Accounts::new`] or [`AppCheckService::new`] for another project.
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
    /// In a local run with the Auth emulator: `FIREBASE_SERVICE_ACCOUNT_SECRET` is not set.
    pub fn service_account(&self) -> Result<ServiceAccount, StartError> {
        self.account.clone()
    }
}
