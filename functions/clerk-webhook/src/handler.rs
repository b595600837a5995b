//! Receives Clerk's webhooks. When a session ends at Clerk, the user's Firebase sign-ins end, too. When a user is
//! banned or deleted, the Firebase account is disabled.

use std::{sync::Arc, time::UNIX_EPOCH};

use bytes::Bytes;
use firebase_callable_clerk::WebhookSecret;
use firebase_callable_google::{AccountChange, Accounts, GoogleError, aws::ServiceAccount};
use http::Request;
use serde_json::{Value, json};
use shared::{HttpsError, callable::unavailable, clock::Clock};
use tracing::{info, warn};

use crate::{
    event::{Action, Event, OUTSTANDING},
    memory::Memory,
};

/// The custom claim that marks an account as disabled because of a ban at Clerk.
const BANNED: &str = "clerk_banned_at";

pub(crate) struct Webhook {
    account: ServiceAccount,
    accounts: Accounts,
    clock: Arc<dyn Clock>,
    memory: Memory,
}

impl Webhook {
    pub(crate) fn new(account: ServiceAccount, accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self { account, accounts, clock, memory: Memory::default() }
    }

    /// Handles one delivery. Clerk repeats it after any answer but 200, so a failure here or at Google is retried.
    pub(crate) async fn receive(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> Result<Value, HttpsError> {
        let secret = self.account.member(SIGNING_SECRET).await.map_err(unavailable)?;
        let secret = WebhookSecret::parse(&secret)
            .ok_or_else(|| HttpsError::unavailable("Unavailable").with_source(INVALID))?;
        let now = self.clock.unix_seconds();
        let id = secret.verify(request.headers(), request.body(), now).map_err(|reason| {
            warn!(%reason, "webhook refused");
            HttpsError::unauthenticated("Unauthenticated")
        })?;
        if self.memory.is_done(id) {
            return Ok(json!({ "received": true }));
        }
        let event: Event = serde_json::from_slice(request.body())
            .map_err(|_| HttpsError::invalid_argument("Bad Request"))?;
        let action =
            event.action().map_err(|()| HttpsError::invalid_argument("no user in the event"))?;
        if let Some((action, user)) = action {
            let at = event.happened(self.milliseconds());
            let outcome = self.act(action, user, at).await.map_err(unavailable)?;
            if outcome == AccountChange::MadeWithoutClaim {
                warn!("no room for the claim {BANNED}: a lifted ban will not enable the account");
            }
            info!(?action, ?outcome, "clerk event handled");
        }
        self.memory.done(id);
        Ok(json!({ "received": true }))
    }

    async fn act(&self, action: Action, user: &str, at: i64) -> Result<AccountChange, GoogleError> {
        match action {
            Action::Revoke => self.revoke(user, at).await,
            Action::Suspend if self.memory.lifted(user).is_some_and(|lifted| lifted > at) => {
                Ok(AccountChange::Outdated)
            }
            Action::Suspend => self.accounts.suspend(user, BANNED, at).await,
            Action::Lift => {
                let outcome = self.accounts.lift(user, BANNED, at).await?;
                self.memory.lift(user, at);
                Ok(outcome)
            }
            Action::Close => self.accounts.close(user, BANNED, at).await,
        }
    }

    async fn revoke(&self, user: &str, at: i64) -> Result<AccountChange, GoogleError> {
        let revoke = || self.accounts.revoke(user, at.div_euclid(1000), OUTSTANDING);
        let outcome = revoke().await?;
        let outstanding = self.milliseconds().saturating_sub(at) < i64::from(OUTSTANDING) * 1000;
        if outcome == AccountChange::NoSuchUser && outstanding {
            // The account is created, so that the revocation also ends a first sign-in with an outstanding token.
            self.accounts.create(user).await?;
            return revoke().await;
        }
        Ok(outcome)
    }

    fn milliseconds(&self) -> i64 {
        let since = self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The field of the service account's secret that holds the signing secret of the webhook.
const SIGNING_SECRET: &str = "clerk_webhook_secret";

const INVALID: &str = "the secret of FIREBASE_SERVICE_ACCOUNT_SECRET cannot be used: its field clerk_webhook_secret is \
                       not a signing secret: set it to the signing secret that Clerk's dashboard shows for the \
                       endpoint, as in whsec_…";
