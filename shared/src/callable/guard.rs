//! A guard decides about a call as the last step before the handler: whether it runs at all, and what happens with its
//! outcome. `firebase-callable-guards` has guards that keep their state in a table.

use std::fmt::Debug;

use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{handler::Handler, invocation::Invocation, request::CallableRequest};
use crate::{
    net::BoxFuture,
    protocol::{
        HttpsError,
        data::{DataError, Document},
    },
    token::{AppCheckData, AuthData},
};

/// Decides about calls before the handler runs.
///
/// A callable asks its guards one after the other, in the order of its `.guard(…)` calls, and only about a call that
/// would otherwise run: the tokens are valid, the policy admits the caller, `data` fits the handler's type. In a stream
/// that is before the first chunk.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use shared::{HttpsError, callable::{Admission, Guard, GuardedCall}, net::BoxFuture};
///
/// /// Refuses every call while the doors are closed.
/// #[derive(Debug)]
/// struct Doors { open: AtomicBool }
///
/// impl Guard for Doors {
///     fn admit<'a>(&'a self, _: &'a GuardedCall<'a>) -> BoxFuture<'a, Result<Admission, HttpsError>> {
///         Box::pin(async {
///             if self.open.load(Ordering::Relaxed) { return Ok(Admission::Run) }
///             Err(HttpsError::unavailable("closed"))
///         })
///     }
/// }
/// ```
pub trait Guard: Debug + Send + Sync + 'static {
    /// Decides about `call`. Must answer within a second or so, whatever its table does: the caller waits.
    ///
    /// # Errors
    /// What the client gets instead of the handler's answer.
    fn admit<'a>(
        &'a self,
        call: &'a GuardedCall<'a>,
    ) -> BoxFuture<'a, Result<Admission, HttpsError>>;
}

/// What a guard decides about a call that it does not refuse.
pub enum Admission {
    /// The handler runs.
    Run,
    /// The handler runs, and the ticket gets its outcome before the client does.
    RunThen(Box<dyn Ticket>),
    /// The handler does not run: the client gets this answer, which a ticket was given before.
    Answer(Vec<u8>),
}

/// A guard's interest in the outcome of one call.
///
/// It is dropped without an outcome if the call ends early: after a panic, at the deadline, when the client disconnects
/// or the host shuts down. Nobody then knows what the handler has done.
pub trait Ticket: Send {
    /// Takes the outcome: the JSON of the answer, or the handler's error or that of a later guard. The client waits for
    /// it, so it must end within a second or so.
    fn settle<'a>(self: Box<Self>, outcome: Result<&'a [u8], &'a HttpsError>) -> BoxFuture<'a, ()>
    where
        Self: 'a;
}

/// A call, as a guard sees it.
#[derive(Debug)]
pub struct GuardedCall<'a> {
    function: &'a str,
    request: &'a CallableRequest<Document>,
}

impl GuardedCall<'_> {
    /// The callable's name, as in the log.
    #[must_use]
    pub fn function(&self) -> &str {
        self.function
    }

    /// The caller, if signed in.
    #[must_use]
    pub fn auth(&self) -> Option<&AuthData> {
        self.request.auth.as_ref()
    }

    /// The calling app, if the call has a valid App Check token.
    #[must_use]
    pub fn app(&self) -> Option<&AppCheckData> {
        self.request.app.as_ref()
    }

    /// The headers. They include the tokens: do not log them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The request id, the deadline and the address of the caller, as far as the host knows them.
    #[must_use]
    pub fn invocation(&self) -> &Invocation {
        &self.request.invocation
    }

    /// `data` as a type of the guard's own, read as the handler's type is.
    ///
    /// # Errors
    /// INVALID_ARGUMENT if it does not fit, or takes more memory than the call may use.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, HttpsError> {
        self.request.data.fit().map_err(DataError::into_https_error)
    }
}

/// `handler` behind `guards`. Without guards, a callable uses its handler as it is.
pub(super) fn guarded(handler: Handler, guards: Vec<Box<dyn Guard>>, function: String) -> Handler {
    let guards: std::sync::Arc<[_]> = guards.into();
    let (fits, run) = (handler.fits, handler.run);
    let run: super::handler::Run = std::sync::Arc::new(move |request, events| {
        let (guards, run) = (guards.clone(), run.clone());
        let function = function.clone();
        Box::pin(async move {
            fits(&request.data).map_err(DataError::into_https_error)?;
            let mut tickets = Vec::new();
            let outcome = match admit(&guards, &function, &request, &mut tickets).await {
                Ok(None) => run(request, events).await,
                Ok(Some(answer)) => Ok(answer),
                Err(error) => Err(error),
            };
            while let Some(ticket) = tickets.pop() {
                ticket.settle(outcome.as_deref()).await;
            }
            outcome
        })
    });
    Handler { run, fits }
}

/// Asks the guards; returns the answer that one of them has. The tickets of those that were asked are in `tickets`.
async fn admit(
    guards: &[Box<dyn Guard>],
    function: &str,
    request: &CallableRequest<Document>,
    tickets: &mut Vec<Box<dyn Ticket>>,
) -> Result<Option<Vec<u8>>, HttpsError> {
    let call = GuardedCall { function, request };
    for guard in guards {
        match guard.admit(&call).await? {
            Admission::Run => {}
            Admission::RunThen(ticket) => tickets.push(ticket),
            Admission::Answer(answer) => return Ok(Some(answer)),
        }
    }
    Ok(None)
}
