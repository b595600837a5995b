//! Receives Clerk's webhooks: when a session or a user ends there, the user's Firebase sign-ins end, too.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use shared::{
    HttpsError, callable::google_trouble, clerk::WebhookSecret, clock::Clock, google::Accounts,
    secrets::ServiceAccount,
};
use tracing::{info, warn};

use crate::event::Event;

/// As many deliveries are remembered, so that a repeated one costs nothing. One that is forgotten, or
/// comes to another process, changes nothing either: revoking is idempotent.
const REMEMBERED: usize = 1000;

pub(crate) struct Webhook {
    account: ServiceAccount,
    accounts: Accounts,
    clock: Arc<dyn Clock>,
    done: Mutex<VecDeque<String>>,
}

impl Webhook {
    pub(crate) fn new(account: ServiceAccount, accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self { account, accounts, clock, done: Mutex::default() }
    }

    /// Any answer but 200 makes Clerk deliver again: right for trouble of ours and of Google's.
    pub(crate) async fn receive(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> Result<Value, HttpsError> {
        let secret = self.account.clerk_webhook_secret().await.map_err(google_trouble)?;
        let secret = WebhookSecret::parse(&secret)
            .ok_or_else(|| HttpsError::unavailable("Unavailable").with_source(UNFIT))?;
        let now = self.clock.unix_seconds();
        let id = secret.verify(request.headers(), request.body(), now).map_err(|reason| {
            warn!(%reason, "webhook refused");
            HttpsError::unauthenticated("Unauthenticated")
        })?;
        if self.is_done(id) {
            return Ok(json!({ "received": true }));
        }
        let event: Event = serde_json::from_slice(request.body())
            .map_err(|_| HttpsError::invalid_argument("Bad Request"))?;
        let revocation = event
            .revocation()
            .map_err(|()| HttpsError::invalid_argument("no user in the event"))?;
        if let Some(revocation) = revocation {
            let (user, since) = (&revocation.user, event.happened(now));
            let outcome = self.accounts.revoke(user, since, revocation.disable).await;
            info!(outcome = ?outcome.map_err(google_trouble)?, "sign-ins revoked");
        }
        self.remember(id);
        Ok(json!({ "received": true }))
    }

    fn is_done(&self, id: &str) -> bool {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|done| done == id)
    }

    fn remember(&self, id: &str) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() >= REMEMBERED {
            done.pop_front();
        }
        done.push_back(id.to_owned());
    }
}

const UNFIT: &str = "clerk_webhook_secret is no signing secret: it is written whsec_…";
