//! Calls a callable in one line: the request has a signed ID token, which the production code verifies. Needs no network
//! and no environment variable.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::{Value, json};
use tower_service::Service;

use super::{Answer, FixedClock, TestKeys, TokenBuilder};
use crate::{
    Redacted,
    callable::{Authenticator, Callable, CallableService, IdTokenVerifier},
    clock::Clock,
    keys::{
        CacheSettings, Fetch, FetchError, Fetched, KeyCache, Keys, Verifier, google_app_check_keys,
        google_id_token_keys,
    },
    net::{BoxFuture, ServiceUrl},
    token::{AppCheckRules, IdTokenRules},
};

/// The Firebase project of [`authenticator`] and [`Call::signed_in`].
pub const PROJECT: &str = "test-project";
/// The project number of [`PROJECT`].
pub const PROJECT_NUMBER: &str = "1234567890";
/// The time in tests, in seconds since 1970.
pub const NOW: i64 = 1_800_000_000;

/// Accepts users of [`PROJECT`] whose tokens are signed by [`TestKeys::shared`]. Its clock always shows [`NOW`].
///
/// ```
/// use shared::{Callable, CallableRequest, HttpsError, testing::authenticator};
///
/// async fn echo(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(request.data)
/// }
///
/// let service = Callable::new(echo).into_service(authenticator());
/// ```
#[must_use]
pub fn authenticator() -> Authenticator {
    authenticator_at(&FixedClock::at(NOW.unsigned_abs()))
}

/// [`authenticator`] with a clock that the test moves.
#[must_use]
pub fn authenticator_at(clock: &FixedClock) -> Authenticator {
    let clock_of_calls: Arc<dyn Clock> = Arc::new(clock.clone());
    let id_tokens = shared_keys(CacheSettings::id_tokens(google_id_token_keys()), clock);
    let id_tokens = Verifier::new(IdTokenRules::new(PROJECT), id_tokens, clock_of_calls.clone());
    let app_check = shared_keys(CacheSettings::app_check(google_app_check_keys()), clock);
    let app_check = Verifier::new(AppCheckRules::new(PROJECT), app_check, clock_of_calls.clone());
    Authenticator::new(IdTokenVerifier::Production(id_tokens), clock_of_calls)
        .with_app_check(app_check)
}

/// A cache with [`TestKeys::shared`]. [`SharedKeys`] returns them without a request to the cache's address.
fn shared_keys(settings: CacheSettings, clock: &FixedClock) -> Keys {
    Keys::Cached(KeyCache::new(settings, Arc::new(SharedKeys), Arc::new(clock.clone())))
}

struct SharedKeys;

impl Fetch for SharedKeys {
    fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        let body = TestKeys::shared().jwks().into();
        Box::pin(async { Ok(Fetched { body, lifetime: None }) })
    }
}

/// A request as a client SDK sends it, with methods that change it.
///
/// ```
/// # use shared::{Callable, CallableRequest, HttpsError, testing::Call};
/// # async fn who(request: CallableRequest<()>) -> Result<Option<String>, HttpsError> {
/// #     Ok(request.auth.map(|auth| auth.uid().to_owned()))
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let call = Call::with(()).header("x-trace", "1");
/// let member = call.clone().signed_in("ada").claim("role", "editor").of_tenant("tenant-1");
/// assert_eq!(member.from_app("1:1:web:1").to(Callable::new(who)).await.result(), "ada");
/// assert_eq!(call.bearer("forged").to(Callable::new(who)).await.status, 401);
/// assert_eq!(Call::raw("{}").method("POST").to(Callable::new(who)).await.status, 400);
/// # });
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Call {
    request: Request<Bytes>,
    user: Redacted<Option<TokenBuilder>>,
}

impl Call {
    /// A call with this argument by a signed-out user.
    pub fn with(data: impl Serialize) -> Self {
        let body = json!({ "data": serde_json::to_value(data).expect("JSON data") });
        Self::raw(body.to_string()).header("content-type", "application/json")
    }

    /// A POST with this body and no header.
    pub fn raw(body: impl Into<Bytes>) -> Self {
        let mut request = Request::new(body.into());
        *request.method_mut() = Method::POST;
        Self { request, user: Redacted(None) }
    }

    /// Adds an ID token of the user `uid` of [`PROJECT`], which is verified like any other token.
    pub fn signed_in(mut self, uid: &str) -> Self {
        self.user.0 = Some(TestKeys::shared().id_token(PROJECT, uid, NOW));
        self
    }

    /// Adds a claim to the user's ID token, such as a role. Call [`Self::signed_in`] first.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.user.0 = Some(self.user.0.expect("signed_in comes first").claim(name, value));
        self
    }

    /// Makes the user a member of this Identity Platform tenant. Call [`Self::signed_in`] first.
    pub fn of_tenant(self, tenant: &str) -> Self {
        let firebase = json!({"identities": {}, "sign_in_provider": "password", "tenant": tenant});
        self.claim("firebase", firebase)
    }

    /// Asks for a stream, as `httpsCallable(…).stream(…)` does.
    pub fn streaming(self) -> Self {
        self.header("accept", "text/event-stream")
    }

    /// Adds this text as the ID token, whether it is valid or not.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds an App Check token of this app.
    pub fn from_app(self, app_id: &str) -> Self {
        let token = TestKeys::shared().app_check_token(PROJECT, PROJECT_NUMBER, app_id, NOW);
        self.header("x-firebase-appcheck", &token.sign())
    }

    /// Adds a header, even if the request already has one of this name. Its value may be bytes that are not text.
    pub fn header(mut self, name: &str, value: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header value");
        self.request.headers_mut().append(name, value);
        self
    }

    /// Sets the HTTP method.
    pub fn method(mut self, method: &str) -> Self {
        *self.request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
        self
    }

    /// Adds an extension to the request, such as the [`crate::Invocation`] that a host adds.
    pub fn extension(mut self, value: impl Clone + Send + Sync + 'static) -> Self {
        self.request.extensions_mut().insert(value);
        self
    }

    /// Sends the call to `callable`, with [`authenticator`].
    pub async fn to(self, callable: Callable) -> Answer {
        self.to_service(&callable.into_service(authenticator())).await
    }

    /// Sends the call to a service, for tests that send several calls to the same service.
    pub async fn to_service(self, service: &CallableService) -> Answer {
        let token = self.user.0.as_ref().map(TokenBuilder::sign);
        let call = if let Some(token) = token { self.bearer(&token) } else { self };
        let Ok(response) = service.clone().call(call.request.map(Full::new)).await;
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await;
        Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() }
    }
}
