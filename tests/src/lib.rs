//! What the suite's programs share: many endpoints behind one port, chosen by the last part of the
//! path, as a front does it.
#![allow(clippy::missing_panics_doc, clippy::expect_used, reason = "for the suite only")]

use std::{
    collections::HashMap,
    convert::Infallible,
    env,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use shared::{
    callable::{Authenticator, CallableService, IdTokenVerifier, ResponseBody},
    clock::{Clock, SystemClock},
    keys::{CacheSettings, HttpsFetch, KeyCache, Keys, Verifier},
    net::ServiceUrl,
    token::{AppCheckRules, IdTokenRules},
};
use tower_service::Service;

/// Accepts users of `FIREBASE_PROJECT_ID`, with keys from the addresses in the environment; without them,
/// whoever brings a token is answered that no keys can be had.
#[must_use]
pub fn authenticator_of_environment() -> Authenticator {
    let url = |name: &str| {
        let url = env::var(name).unwrap_or_else(|_| "http://127.0.0.1:1/".to_owned());
        ServiceUrl::parse(&url).expect("a key URL")
    };
    let project = env::var("FIREBASE_PROJECT_ID");
    let project = project.unwrap_or_else(|_| "functions-integration-test".to_owned());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let cache = |settings| {
        Keys::Cached(KeyCache::new(settings, Arc::new(HttpsFetch::new()), Arc::clone(&clock)))
    };
    let id_token_keys = cache(CacheSettings::id_tokens(url("FIREBASE_ID_TOKEN_KEYS_URL")));
    let app_check_keys = cache(CacheSettings::app_check(url("FIREBASE_APP_CHECK_KEYS_URL")));
    let id_tokens = Verifier::new(IdTokenRules::new(&project), id_token_keys, Arc::clone(&clock));
    let app_check = Verifier::new(AppCheckRules::new(&project), app_check_keys, Arc::clone(&clock));
    Authenticator::new(IdTokenVerifier::Production(id_tokens), clock).with_app_check(app_check)
}

/// What answers under a name.
#[derive(Clone)]
pub enum Endpoint {
    /// A callable.
    Callable(CallableService),
    /// A plain HTTP handler, as the fixtures of the SDK suites are: head and body in, answer out.
    Raw(fn(Parts, Bytes) -> RawAnswer),
}

/// The answer of a plain handler, in its own time.
pub type RawAnswer = Pin<Box<dyn Future<Output = Response<String>> + Send>>;

/// Endpoints by name. An unknown name is 404 with a page, as on the real platform.
#[derive(Clone)]
pub struct ByName(Arc<HashMap<&'static str, Endpoint>>);

impl FromIterator<(&'static str, Endpoint)> for ByName {
    fn from_iter<I: IntoIterator<Item = (&'static str, Endpoint)>>(endpoints: I) -> Self {
        Self(Arc::new(endpoints.into_iter().collect()))
    }
}

type Body = Either<ResponseBody, Full<Bytes>>;

impl Service<Request<Incoming>> for ByName {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let name = request.uri().path().rsplit('/').next().unwrap_or_default();
        match self.0.get(name).cloned() {
            Some(Endpoint::Callable(mut service)) => {
                let answer = service.call(request);
                Box::pin(async move { Ok(answer.await?.map(Either::Left)) })
            }
            Some(Endpoint::Raw(handler)) => Box::pin(raw(handler, request)),
            None => Box::pin(async { Ok(unknown()) }),
        }
    }
}

/// A plain handler behind the CORS of the fixtures: any origin.
async fn raw(
    handler: fn(Parts, Bytes) -> RawAnswer,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let origin = head.headers.get(header::ORIGIN).cloned();
    let wanted = head.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let preflight = head.method == http::Method::OPTIONS;
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut response = if preflight {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        handler(head, body).await
    };
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    if let Some(wanted) = wanted {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    Ok(response.map(|body| Either::Right(Full::new(body.into()))))
}

fn unknown() -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::new("no such function".into())));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// The Rust blocks of the documents are compiled as documentation tests: here, because a package does not ship the
/// documents.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/clerk.md")]
    struct Clerk;
    #[doc = include_str!("../../docs/migrating.md")]
    struct Migrating;
}
