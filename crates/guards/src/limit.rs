//! Limits: at most so many calls in any period, for each user, app or address. The algorithm is a sliding window of
//! counters ([`crate::window`]).

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::json;
use shared::{
    HttpsError,
    callable::{Admission, Guard, GuardedCall},
    clock::Clock,
    net::BoxFuture,
};

use crate::{
    IfUnreachable, fingerprint,
    store::{Answer, Counts, Millis, Store},
    time::millis,
    unreachable::within_patience,
    window::Window,
};

/// A minute, as the period of a limit.
pub const MINUTE: Duration = Duration::from_secs(60);
/// An hour.
pub const HOUR: Duration = Duration::from_secs(3600);
/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many calls in any period, and of whom. For [`Guards::limit`](crate::Guards::limit).
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    most: u32,
    period: Duration,
    of: Subject,
}

#[derive(Debug, Clone, Copy)]
enum Subject {
    User,
    App,
    Ip,
}

/// At most `most` calls of each user in any `period`. A caller who is signed out gets UNAUTHENTICATED.
///
/// ```
/// use firebase_callable_guards::{MINUTE, per_user};
///
/// let limit = per_user(60, MINUTE);
/// ```
#[must_use]
pub fn per_user(most: u32, period: Duration) -> Limit {
    Limit { most, period, of: Subject::User }
}

/// At most `most` calls of each app that App Check attests. All calls without a valid App Check token count as those of
/// one app.
///
/// ```
/// use firebase_callable_guards::{HOUR, per_app};
///
/// let limit = per_app(100_000, HOUR);
/// ```
#[must_use]
pub fn per_app(most: u32, period: Duration) -> Limit {
    Limit { most, period, of: Subject::App }
}

/// At most `most` calls from each address, as [`Invocation::client_ip`](shared::Invocation::client_ip) has it: an IPv4
/// address, or the first 64 bits of an IPv6 address, which one customer has. All calls without an address count as
/// those of one.
///
/// ```
/// use firebase_callable_guards::{MINUTE, per_ip};
///
/// let limit = per_ip(300, MINUTE);
/// ```
#[must_use]
pub fn per_ip(most: u32, period: Duration) -> Limit {
    Limit { most, period, of: Subject::Ip }
}

impl Limit {
    /// The kind of subject and its name.
    fn subject(&self, call: &GuardedCall<'_>) -> Result<(&'static str, String), HttpsError> {
        match self.of {
            Subject::User => {
                let user = call
                    .auth()
                    .map(|auth| format!("{}/{}", auth.tenant().unwrap_or_default(), auth.uid()));
                let message = "The function must be called while authenticated";
                Ok(("user", user.ok_or_else(|| HttpsError::unauthenticated(message))?))
            }
            Subject::App => {
                Ok(("app", call.app().map(|app| app.app_id().to_owned()).unwrap_or_default()))
            }
            Subject::Ip => Ok(("ip", call.invocation().client_ip.map(network).unwrap_or_default())),
        }
    }
}

/// The address, or the network of an IPv6 address.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).to_string()
        }
    }
}

/// A guard that enforces a limit: [`Guards::limit`](crate::Guards::limit).
pub struct Limiter {
    limit: Limit,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    if_unreachable: IfUnreachable,
    refused: Refused,
}

impl Limiter {
    pub(crate) fn new(
        limit: Limit,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        if_unreachable: IfUnreachable,
    ) -> Self {
        Self { limit, store, clock, if_unreachable, refused: Refused::default() }
    }

    async fn decide(&self, call: &GuardedCall<'_>) -> Result<Admission, HttpsError> {
        let Limit { most, period, .. } = self.limit;
        let (kind, subject) = self.limit.subject(call)?;
        let (most_text, period_text) = (most.to_string(), period.as_millis().to_string());
        let name = |item: u64| {
            let (function, item) = (call.function(), item.to_string());
            fingerprint::of_texts(&[
                "limit",
                function,
                kind,
                &most_text,
                &period_text,
                &subject,
                &item,
            ])
        };
        let now = millis(&*self.clock);
        let window = Window::at(now, period);
        let key = name(window.item());
        if let Some(seconds) = self.refused.seconds_left(&key, now) {
            return Err(exhausted(seconds));
        }
        let counted: Answer<'_, (Counts, Counts)> = Box::pin(async {
            let counter = window.counter();
            let counts = self.store.add(&key, counter, 1, window.end_of_item()).await?;
            let before = match window.item_before() {
                Some(item) => self.store.counts(&name(item)).await?,
                None => Counts::new(),
            };
            Ok((counts, before))
        });
        let Some((counts, before)) = self.if_unreachable.ask("limit", counted).await? else {
            return Ok(Admission::Run);
        };
        if window.sum(&counts, &before) <= most.into() {
            return Ok(Admission::Run);
        }
        // A refused call does not count, so that a caller who asks too often is not shut out for good.
        let take_back = self.store.add(&key, window.counter(), -1, window.end_of_item());
        let _ = within_patience(take_back).await; // at worst, this call counts
        let seconds = window.retry_after(most, &counts, &before);
        self.refused.remember(key, now, seconds);
        Err(exhausted(seconds))
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Guard for Limiter {
    fn admit<'a>(
        &'a self,
        call: &'a GuardedCall<'a>,
    ) -> BoxFuture<'a, Result<Admission, HttpsError>> {
        Box::pin(self.decide(call))
    }
}

fn exhausted(seconds: u64) -> HttpsError {
    HttpsError::resource_exhausted("Too Many Requests")
        .with_details(json!({ "retryAfter": seconds }))
}

/// Who was refused within the last second. Further calls of theirs are refused without a request to the table, so that
/// a flood of calls is not a flood of writes.
#[derive(Default)]
struct Refused(Mutex<HashMap<String, Refusal>>);

struct Refusal {
    remembered_until: Millis,
    /// When a call is admitted again.
    over: Millis,
}

/// For how long a refusal is remembered.
const REMEMBERED_MS: Millis = 1000;
/// How many refusals are remembered. Further ones cost a write each.
const MOST_REMEMBERED: usize = 4096;

impl Refused {
    fn seconds_left(&self, key: &str, now: Millis) -> Option<u64> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Refusal { remembered_until, over } = refused.get(key)?;
        (*remembered_until > now).then(|| over.saturating_sub(now).div_ceil(1000).max(1))
    }

    fn remember(&self, key: String, now: Millis, seconds: u64) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST_REMEMBERED {
            refused.retain(|_, refusal| refusal.remembered_until > now);
        }
        if refused.len() < MOST_REMEMBERED {
            let over = now.saturating_add(seconds.saturating_mul(1000));
            refused
                .insert(key, Refusal { remembered_until: now.saturating_add(REMEMBERED_MS), over });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_counts_with_its_network() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
