//! Code that the test programs share: it serves many endpoints on one port, and selects one by the last segment of the
//! path, as a front does.
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
    Callable,
    callable::{Authenticator, CallableService, IdTokenVerifier, ResponseBody},
    clock::{Clock, SystemClock},
    host::{Listener, serve},
    keys::{CacheSettings, HttpsFetch, KeyCache, Keys, Verifier},
    net::ServiceUrl,
    token::{AppCheckRules, IdTokenRules},
};
use tower_service::Service;

/// Accepts users of `FIREBASE_PROJECT_ID`, with keys from the URLs in the environment. If the URLs are not set,
/// every call with a token is answered UNAVAILABLE.
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

/// A plain HTTP handler, like some fixtures of the SDK suites. It gets the head and the body of a request, and returns
/// the answer.
pub type Raw = fn(Parts, Bytes) -> RawAnswer;

/// The future answer of a plain handler.
pub type RawAnswer = Pin<Box<dyn Future<Output = Response<String>> + Send>>;

/// Serves these endpoints by name on `port` of the loopback interface; on port 0, the system chooses one. Prints the
/// address, which the tests read.
#[expect(clippy::print_stdout, reason = "how the tests learn the address")]
pub async fn serve_by_name(
    callables: impl IntoIterator<Item = (&'static str, Callable)>,
    handlers: impl IntoIterator<Item = (&'static str, Raw)>,
    port: u16,
) {
    let authenticator = authenticator_of_environment();
    let callables = callables.into_iter().map(|(name, callable)| {
        (name, Endpoint::Callable(callable.into_service(authenticator.clone())))
    });
    let handlers = handlers.into_iter().map(|(name, handler)| (name, Endpoint::Raw(handler)));
    let service = ByName(Arc::new(callables.chain(handlers).collect()));
    let listener = Listener::bind(([127, 0, 0, 1], port).into()).await.expect("a free port");
    println!("listening on {}", listener.address().expect("an address"));
    serve(service, listener, std::future::pending()).await;
}

/// A callable or a plain handler.
#[derive(Clone)]
enum Endpoint {
    Callable(CallableService),
    Raw(Raw),
}

/// Endpoints by name. An unknown name is answered 404 with an HTML page, as on the real platform.
#[derive(Clone)]
struct ByName(Arc<HashMap<&'static str, Endpoint>>);

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

/// Calls a plain handler, and adds CORS headers that allow any origin, as the fixtures do.
async fn raw(handler: Raw, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
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

/// The Rust blocks of the documents are compiled as documentation tests. This is the place for it, because the other
/// packages are published without the documents.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/clerk.md")]
    struct Clerk;
    #[doc = include_str!("../../docs/migrating.md")]
    struct Migrating;
    #[doc = include_str!("../../docs/types.md")]
    struct Types;
}
