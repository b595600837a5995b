//! App Check tokens that count once, without a request to Google: the first call with a token writes it into the table.

use std::{sync::Arc, time::Duration};

use shared::{
    AppCheckData, HttpsError,
    callable::{AppCheckConsumer, SourceError},
    clock::Clock,
    net::BoxFuture,
};

use crate::{
    IfUnreachable, fingerprint,
    store::{Claim, Store},
    time::{millis, of},
};

/// For how long a token is remembered if its own end is unknown: the longest life that Firebase gives to one.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// After a token's end, it is remembered this much longer: the verifier allows for clocks that differ.
const LEEWAY: Duration = Duration::from_secs(600);

/// Marks App Check tokens as used: [`Guards::app_check_tokens`](crate::Guards::app_check_tokens).
#[derive(Debug)]
pub struct AppCheckTokens {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) if_unreachable: IfUnreachable,
}

impl AppCheckConsumer for AppCheckTokens {
    fn consume<'a>(&'a self, app: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async {
            let now = millis(&*self.clock);
            // Without the signature, whose base64 can be written in several ways.
            let signed = app.raw_token().rsplit_once('.').map_or("", |(signed, _)| signed);
            let end = app.claims().get("exp").and_then(serde_json::Value::as_u64);
            let end = end.map_or(now.saturating_add(of(LONGEST_LIFE)), |s| s.saturating_mul(1000));
            let claim = Claim {
                key: fingerprint::of_texts(&["app-check", signed]),
                id: fingerprint::random(),
                data: String::new(),
                until: end.saturating_add(of(LEEWAY)),
            };
            let held = self.if_unreachable.ask("app_check", self.store.claim(&claim, now)).await;
            let held = held.map_err(|_: HttpsError| "the table of the guards cannot be used")?;
            Ok(held.flatten().is_some_and(|record| record.id != claim.id))
        })
    }
}
