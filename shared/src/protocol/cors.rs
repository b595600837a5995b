//! CORS: which origins may read an answer. Computes the CORS headers of every answer, and the answer to a preflight,
//! from the request's headers. Source: firebase/firebase-functions
//! `src/common/providers/https.ts` (`resolveCorsOrigin`) and expressjs/cors `lib/index.js`.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

pub use super::origin::InvalidOrigin;
use super::origin::{check_origin, problem};
use crate::Redacted;

/// How long a browser may cache a preflight answer, unless the callable sets another time.
/// DIFFERENCE: the reference sends no `Access-Control-Max-Age`, so browsers send a preflight again after 5 s.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(3600);

/// Which origins may read the answers of a callable. The default reflects any origin.
///
/// CORS does not decide who may call (authentication does), but which web pages may read the answer.
///
/// ```
/// use shared::CorsOrigins;
///
/// let (every_origin, public, not_for_browsers) =
///     (CorsOrigins::any(), CorsOrigins::wildcard(), CorsOrigins::off());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CorsOrigins(Origins);

#[derive(Debug, Clone, Default)]
enum Origins {
    #[default]
    Reflect,
    Wildcard,
    Fixed(HeaderValue),
    List(Arc<[Pattern]>),
    Matching(Redacted<Arc<dyn Fn(&str) -> bool + Send + Sync>>),
    Off,
}

impl CorsOrigins {
    /// Any origin: each answer repeats the origin of its request. The reference's default.
    ///
    /// ```
    /// # use shared::{Callable, CorsOrigins};
    /// # fn any_page(callable: Callable) -> Callable {
    /// callable.cors(CorsOrigins::any())
    /// # }
    /// ```
    #[must_use]
    pub fn any() -> Self {
        Self(Origins::Reflect)
    }

    /// `*` in every answer, without `Vary`.
    ///
    /// ```
    /// # use shared::{Callable, CorsOrigins};
    /// # fn any_page(callable: Callable) -> Callable {
    /// callable.cors(CorsOrigins::wildcard())
    /// # }
    /// ```
    #[must_use]
    pub fn wildcard() -> Self {
        Self(Origins::Wildcard)
    }

    /// No CORS headers at all, and no answer to preflights: for callers that are not browsers.
    ///
    /// ```
    /// # use shared::{Callable, CorsOrigins};
    /// # fn no_page(callable: Callable) -> Callable {
    /// callable.cors(CorsOrigins::off())
    /// # }
    /// ```
    #[must_use]
    pub fn off() -> Self {
        Self(Origins::Off)
    }

    /// Origins for which `predicate` returns true. DIFFERENCE: replaces the reference's regular expressions.
    ///
    /// ```
    /// use shared::CorsOrigins;
    ///
    /// let local = CorsOrigins::matching(|origin| origin.starts_with("http://localhost:"));
    /// ```
    pub fn matching(predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Origins::Matching(Redacted(Arc::new(predicate))))
    }

    /// Exactly these origins, such as `https://app.example.com`. A leading label may be `*`:
    /// `https://*.example.com` admits every subdomain, at any depth, but not the domain itself.
    ///
    /// As in the reference, an empty list switches CORS off, the list `["*"]` is the wildcard, and a single origin is
    /// sent in every answer, regardless of the origin of the request.
    ///
    /// ```
    /// use shared::CorsOrigins;
    ///
    /// let origins = CorsOrigins::list(["https://app.example.com", "https://*.example.org"])?;
    /// # Ok::<(), shared::protocol::cors::InvalidOrigin>(())
    /// ```
    ///
    /// # Errors
    /// An entry in a form in which no browser sends an origin. It must be `scheme://host` or `scheme://host:port`, in
    /// lower case, without a path, a trailing slash or the default port of the scheme.
    pub fn list<S: AsRef<str>>(
        origins: impl IntoIterator<Item = S>,
    ) -> Result<Self, InvalidOrigin> {
        let patterns = origins.into_iter().map(|origin| Pattern::parse(origin.as_ref()));
        let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
        Ok(Self(match patterns.as_slice() {
            [] => Origins::Off,
            [Pattern::Exact(only)] if only == "*" => Origins::Wildcard,
            [Pattern::Exact(only)] => Origins::Fixed(only.clone()),
            _ => Origins::List(patterns.into()),
        }))
    }

    /// Parses the comma-separated form of [`Self::list`].
    ///
    /// ```
    /// use shared::CorsOrigins;
    ///
    /// let origins = CorsOrigins::parse("https://app.example.com, https://*.example.org")?;
    /// # Ok::<(), shared::protocol::cors::InvalidOrigin>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Self::list`]; also a `*` among other entries, where it would match no origin.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let origins = || text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        if origins().count() > 1 && origins().any(|origin| origin == "*") {
            return Err(InvalidOrigin::new(
                "*",
                "it means any origin only if it is the only entry",
            ));
        }
        Self::list(origins())
    }

    /// Whether origins are restricted: by a list (also an empty one), by a predicate, or because CORS is off.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        !matches!(self.0, Origins::Reflect | Origins::Wildcard)
    }

    /// P20: the CORS part of the answer to a request with these headers.
    #[must_use]
    pub fn for_request(&self, headers: &HeaderMap) -> Cors {
        let origin = headers.get(header::ORIGIN);
        let (on, varies, allow_origin) = match &self.0 {
            Origins::Off => (false, false, None),
            Origins::Wildcard => (true, false, Some(HeaderValue::from_static("*"))),
            Origins::Fixed(origin) => (true, true, Some(origin.clone())),
            Origins::Reflect => (true, true, origin.cloned()),
            Origins::List(patterns) => {
                (true, true, origin.filter(|o| patterns.iter().any(|p| p.admits(o))).cloned())
            }
            Origins::Matching(Redacted(predicate)) => {
                (true, true, origin.filter(|o| o.to_str().is_ok_and(|o| predicate(o))).cloned())
            }
        };
        Cors { on, varies, allow_origin }
    }
}

#[derive(Debug, Clone)]
enum Pattern {
    Exact(HeaderValue),
    /// `prefix` is the scheme with `://`, `suffix` the domain with its leading dot.
    Subdomain {
        prefix: String,
        suffix: String,
    },
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = |problem| InvalidOrigin::new(text, problem);
        let exact =
            || HeaderValue::from_str(text).map_err(|_| invalid("its host is not a host name"));
        if text == "*" || text == "null" {
            return exact().map(Self::Exact);
        }
        match text.split_once("://*.") {
            None => check_origin(text).and_then(|()| exact()).map(Self::Exact),
            Some((scheme, domain)) => match problem(&format!("{scheme}://{domain}")) {
                Some(problem) => Err(invalid(problem)),
                None => Ok(Self::Subdomain {
                    prefix: format!("{scheme}://"),
                    suffix: format!(".{domain}"),
                }),
            },
        }
    }

    fn admits(&self, origin: &HeaderValue) -> bool {
        match self {
            // A `*` among several entries is not a wildcard, as in the reference.
            Self::Exact(exact) => exact == origin,
            Self::Subdomain { prefix, suffix } => {
                let origin = origin.to_str().unwrap_or_default();
                let label = origin.strip_prefix(prefix.as_str());
                let label = label.and_then(|rest| rest.strip_suffix(suffix.as_str()));
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
                label.is_some_and(|label| !label.is_empty() && label.bytes().all(fits))
            }
        }
    }
}

/// The CORS headers of one answer.
#[derive(Debug, Clone)]
pub struct Cors {
    on: bool,
    varies: bool,
    allow_origin: Option<HeaderValue>,
}

impl Cors {
    /// Adds the headers that every answer has: successes, errors and streams.
    pub fn apply(&self, headers: &mut HeaderMap) {
        if let Some(origin) = &self.allow_origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        if self.varies {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// P21: the answer to a preflight. Every OPTIONS request counts as one, regardless of its other headers, unless CORS
    /// is off. For an origin that is not allowed, the answer lacks only `Access-Control-Allow-Origin`.
    #[must_use]
    pub fn preflight(
        &self,
        method: &Method,
        request: &HeaderMap,
        max_age: Duration,
    ) -> Option<Response<()>> {
        if !self.on || method != Method::OPTIONS {
            return None;
        }
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        self.apply(headers);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        let wanted = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        // One header with both names, because some fronts keep only the first of several Vary headers.
        let vary = match self.varies {
            true => "Origin, Access-Control-Request-Headers",
            false => "Access-Control-Request-Headers",
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, max_age.as_secs().into());
        headers.insert(header::CONTENT_LENGTH, 0.into());
        Some(response)
    }
}
