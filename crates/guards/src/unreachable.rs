//! What happens to a call when the table of the guards cannot be used.

use std::time::Duration;

use shared::{HttpsError, fetched::within};
use tracing::{error, warn};

use crate::store::{Answer, StoreError};

/// How long a call waits for one request to the table.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether calls go on when the table cannot be used: an argument of every guard, because neither is right for all.
///
/// ```
/// use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
///
/// # fn f(guards: &Guards, callable: shared::Callable) -> shared::Callable {
/// // A limit protects against load: better too many calls than none.
/// callable.guard(guards.limit(per_user(60, MINUTE), IfUnreachable::Allow))
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfUnreachable {
    /// The call gets UNAVAILABLE, and the log has a line at ERROR.
    Refuse,
    /// The call goes on as if there were no such guard, and the log has a line at WARN.
    Allow,
}

impl IfUnreachable {
    /// The answer of the table; `None` if the call goes on without it.
    pub(crate) async fn ask<T>(
        self,
        guard: &str,
        work: Answer<'_, T>,
    ) -> Result<Option<T>, HttpsError> {
        let problem = match within_patience(work).await {
            Ok(answer) => return Ok(Some(answer)),
            Err(problem) => problem,
        };
        match self {
            Self::Refuse => {
                error!(
                    guard,
                    "a call is refused, because the table of the guards cannot be used: {problem}"
                );
                Err(HttpsError::unavailable("Unavailable"))
            }
            Self::Allow => {
                warn!(
                    guard,
                    "a call goes on unguarded, because the table of the guards cannot be used: {problem}"
                );
                Ok(None)
            }
        }
    }
}

/// Waits a second at most, and less if the call itself has less time left.
pub(crate) async fn within_patience<T>(work: Answer<'_, T>) -> Result<T, StoreError> {
    within(PATIENCE, work).await.unwrap_or(Err(StoreError::Slow))
}
