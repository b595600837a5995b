//! A call of a callable in one line: request, real ID token, real verification, answer.
//! No network and no environment variable.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::{Value, json};
use tower_service::Service;

use super::{Answer, FixedClock, TestKeys, TokenBuilder};
use crate::{
    callable::{AppCheckVerifier, Callable, CallableService, Gate, IdTokenVerifier},
    keys::{
        CacheSettings, Fetch, FetchError, Fetched, KeyCache, google_app_check_keys,
        google_id_token_keys,
    },
    net::{BoxFuture, ServiceUrl},
    token::{AppCheckRules, IdTokenRules},
};

/// The Firebase project of [`gate`] and [`Call::signed_in`].
pub const PROJECT: &str = "test-project";
/// Its number.
pub const PROJECT_NUMBER: &str = "1234567890";
/// The time in tests, in seconds since 1970.
pub const NOW: i64 = 1_800_000_000;

/// A gate that admits users of [`PROJECT`] with tokens of [`TestKeys::shared`], at [`NOW`].
#[must_use]
pub fn gate() -> Gate {
    gate_at(&FixedClock::at(NOW.unsigned_abs()))
}

/// The same gate with a clock that the test moves.
#[must_use]
pub fn gate_at(clock: &FixedClock) -> Gate {
    let keys = shared_keys(CacheSettings::id_tokens(google_id_token_keys()), clock);
    let rules = IdTokenRules::new(PROJECT);
    Gate::new(IdTokenVerifier::Production(Arc::new(rules), keys), Arc::new(clock.clone()))
        .with_app_check(app_check(clock))
}

/// What verifies App Check tokens in [`gate`].
fn app_check(clock: &FixedClock) -> AppCheckVerifier {
    let keys = shared_keys(CacheSettings::app_check(google_app_check_keys()), clock);
    AppCheckVerifier::new(AppCheckRules::new(PROJECT), keys)
}

/// A cache whose address is never asked: the fetcher answers.
fn shared_keys(settings: CacheSettings, clock: &FixedClock) -> Arc<KeyCache> {
    KeyCache::new(settings, Arc::new(SharedKeys), Arc::new(clock.clone()))
}

struct SharedKeys;

impl Fetch for SharedKeys {
    fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        let body = TestKeys::shared().jwks().into();
        Box::pin(async { Ok(Fetched { body, lifetime: None }) })
    }
}

/// A request as a client SDK sends it, to be changed where a test wants it otherwise.
#[derive(Debug, Clone)]
pub struct Call {
    request: Request<Bytes>,
    user: Option<TokenBuilder>,
}

impl Call {
    /// A call with this argument, signed out.
    #[must_use]
    pub fn with(data: impl Serialize) -> Self {
        let body = json!({ "data": serde_json::to_value(data).expect("JSON data") });
        Self::raw(body.to_string()).header("content-type", "application/json")
    }

    /// A POST with this body and no header at all.
    #[must_use]
    pub fn raw(body: impl Into<Bytes>) -> Self {
        let mut request = Request::new(body.into());
        *request.method_mut() = Method::POST;
        Self { request, user: None }
    }

    /// As this user of [`PROJECT`], with an ID token that is verified like any other.
    #[must_use]
    pub fn signed_in(mut self, uid: &str) -> Self {
        self.user = Some(TestKeys::shared().id_token(PROJECT, uid, NOW));
        self
    }

    /// The user has this claim, such as a role.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.user = Some(self.user.expect("signed_in comes first").claim(name, value));
        self
    }

    /// The user is one of this Identity Platform tenant.
    #[must_use]
    pub fn of_tenant(self, tenant: &str) -> Self {
        let firebase = json!({"identities": {}, "sign_in_provider": "password", "tenant": tenant});
        self.claim("firebase", firebase)
    }

    /// Asks for a stream, as `httpsCallable(…).stream(…)` does.
    #[must_use]
    pub fn streaming(self) -> Self {
        self.header("accept", "text/event-stream")
    }

    /// Adds this ID token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Adds an App Check token of this app.
    #[must_use]
    pub fn from_app(self, app_id: &str) -> Self {
        let token = TestKeys::shared().app_check_token(PROJECT, PROJECT_NUMBER, app_id, NOW);
        self.header("x-firebase-appcheck", &token.sign())
    }

    /// Adds a header, beside any of the same name.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// Adds a header whose value need not be text.
    #[must_use]
    pub fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        let value = HeaderValue::from_bytes(value).expect("a header value");
        self.request.headers_mut().append(name, value);
        self
    }

    /// Sends it with another method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        *self.request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
        self
    }

    /// Puts a value where hosts put theirs, such as an [`crate::Invocation`].
    #[must_use]
    pub fn extension(mut self, value: impl Clone + Send + Sync + 'static) -> Self {
        self.request.extensions_mut().insert(value);
        self
    }

    /// The same call, to be sent once more.
    #[must_use]
    pub fn again(&self) -> Self {
        self.clone()
    }

    /// Calls `callable` through [`gate`].
    pub async fn to(self, callable: Callable) -> Answer {
        self.to_service(&callable.into_service(gate())).await
    }

    /// Calls a service that a test keeps.
    pub async fn to_service(self, service: &CallableService) -> Answer {
        let call = match &self.user {
            Some(user) => self.again().bearer(&user.sign()),
            None => self,
        };
        let Ok(response) = service.clone().call(call.request.map(Full::new)).await;
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await;
        Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() }
    }
}
