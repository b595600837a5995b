//! A callable for callers without a Firebase SDK: they send a `POST` with `Authorization: Bearer <token>` and without a
//! body, and get the result without the envelope `{"result":…}`. A Firebase SDK cannot send such a request, because it
//! puts its own ID token into the header.

use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use shared::callable::{CallableService, ResponseBody};
use tower_service::Service;

/// Passes the bearer token of a `POST` without a body to a callable, as a member of its `data`. All other requests
/// reach the callable unchanged.
#[derive(Clone)]
pub struct BearerForm {
    callable: CallableService,
    member: &'static str,
}

impl BearerForm {
    /// Puts the token under `member`: `{"data":{"<member>":"<token>"}}`.
    ///
    /// ```no_run
    /// use firebase_callable_clerk::BearerForm;
    /// # use shared::{Callable, CallableRequest, HttpsError};
    /// # async fn exchange(_: CallableRequest<serde_json::Value>) -> Result<(), HttpsError> { Ok(()) }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     shared::run_with(async |setup| {
    ///         let callable = setup.callable(Callable::new(exchange).ignore_id_token(true))?;
    ///         Ok(BearerForm::new(callable, "clerkToken"))
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn new(callable: CallableService, member: &'static str) -> Self {
        Self { callable, member }
    }
}

impl<B> Service<Request<B>> for BearerForm
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_bare_post = request.method() == Method::POST && request.body().is_end_stream();
        let Some(token) = bearer(request.headers()).filter(|_| is_bare_post) else {
            return self.callable.call(request);
        };
        let data = json!({ "data": { self.member: token } });
        let (mut parts, _) = request.into_parts();
        for name in [AUTHORIZATION, ACCEPT, CONTENT_LENGTH, TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Full::new(Bytes::from(data.to_string()));
        let answer = self.callable.call(Request::from_parts(parts, body));
        Box::pin(async move { Ok(unwrapped(answer.await?).await) })
    }
}

/// The bearer token of the `Authorization` header; `None` if the header is missing, repeated or of another scheme.
fn bearer(headers: &HeaderMap) -> Option<String> {
    const SCHEME: &str = "Bearer ";
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    let fits = scheme.eq_ignore_ascii_case(SCHEME) && values.next().is_none();
    fits.then(|| token.to_owned())
}

/// Replaces the body `{"result":x}` with `x`. An error keeps its envelope.
async fn unwrapped(response: Response<ResponseBody>) -> Response<ResponseBody> {
    if response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let mut envelope: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    let result = envelope.get_mut("result").map(Value::take).unwrap_or_default();
    Response::from_parts(parts, Bytes::from(result.to_string()).into())
}
