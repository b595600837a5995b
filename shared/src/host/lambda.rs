//! Lambda: lambda_runtime polls for invocations. Each event is parsed, the service answers it, and the answer is sent,
//! whole or as a stream. The events are those of API Gateway (REST and HTTP API), Function URLs and load balancers.
//!
//! | file | concept |
//! |---|---|
//! | `invocations` | one invocation, from its event to its answer |
//! | `event` and its modules | an event as an `http::Request` |
//! | `answer`, `headers`, `limits` | an answer in the form that its front reads, and how large it may be |
//! | `runtime_api`, `connection` | answers sent to the Runtime API, on connections that are reused |
//! | `settling` | key fetches that end before the sandbox is frozen |
//! | `init_error` | a failed start, reported to the Runtime API |
//! | `fuzzing` | entry points for the fuzz targets |

mod answer;
mod connection;
mod event;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod headers;
mod init_error;
mod invocations;
mod limits;
mod runtime_api;
mod settling;

use std::convert::Infallible;

use http::{Request, Response};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn, tower::layer::layer_fn};
use serde::de::IgnoredAny;
use tower_service::Service;

pub(super) use self::{init_error::report, settling::Settling};
use self::{invocations::Invocations, runtime_api::RuntimeApi};
use super::{
    config::{ResponseMode, runtime_api},
    error::StartError,
    request_body::RequestBody,
    variables::{FUNCTION_MEMORY, FUNCTION_NAME, FUNCTION_VERSION, RUNTIME_API},
};
use crate::callable::ResponseBody;

/// Checks the variables that Lambda itself sets, if this is Lambda: without them lambda_runtime panics.
///
/// # Errors
/// A variable is missing or not valid.
pub(super) fn check(variable: impl Fn(&str) -> Option<String>) -> Result<(), StartError> {
    if runtime_api(&variable).is_none() {
        return Ok(());
    }
    let is_number = variable(FUNCTION_MEMORY).is_some_and(|size| size.parse::<i32>().is_ok());
    let check = |name, is_valid: bool| {
        let problem = format_args!(
            "is missing or not valid: where {RUNTIME_API} is set, set {FUNCTION_NAME}, \
             {FUNCTION_VERSION} and {FUNCTION_MEMORY} (a number of MB), too"
        );
        is_valid.then_some(()).ok_or_else(|| StartError::new(name, problem))
    };
    StartError::all((
        check(FUNCTION_NAME, variable(FUNCTION_NAME).is_some()),
        check(FUNCTION_VERSION, variable(FUNCTION_VERSION).is_some()),
        check(FUNCTION_MEMORY, is_number),
    ))
    .map(drop)
}

/// Serves events until the process ends, several at once where `AWS_LAMBDA_MAX_CONCURRENCY` says so. `api` is the value
/// of `AWS_LAMBDA_RUNTIME_API`.
pub(super) async fn serve<S>(
    service: S,
    api: &str,
    mode: ResponseMode,
    settling: Settling,
) -> Result<(), Error>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let invocations = Invocations { service, mode, api: RuntimeApi::new(api)?, settling };
    // Never called: the layer replaces lambda_runtime's own handling, which tracks the JSON path of every field, scans
    // each byte of the answer, and opens a new connection after a large event.
    let unused = service_fn(|_: LambdaEvent<IgnoredAny>| async { Ok::<(), Infallible>(()) });
    Runtime::new(unused).layer(layer_fn(|_| invocations.clone())).run_concurrent().await
}
