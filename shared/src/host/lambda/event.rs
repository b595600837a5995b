//! Parses an event of one of AWS's HTTP fronts into an `http::Request`, in one pass.
//!
//! Sources: API Gateway developer guide, "Lambda proxy integrations" (REST API; HTTP API with payload formats 1.0
//! and 2.0); Lambda developer guide, "Function URLs"; Elastic Load Balancing guide, "Lambda functions as targets".

mod format;
mod members;
mod pairs;
mod read;
mod target;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, cell::Cell, net::IpAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use serde::de::Deserializer;

use self::{
    format::{Context, Event},
    members::Any,
    pairs::{Names, Pairs, TooMany},
    read::Reader,
    target::Query,
};
use crate::host::forwarded_for::last_forwarded_for;

/// The front that sent an event. It determines the form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// API Gateway: REST API, or HTTP API with payload format 1.0.
    Rest,
    /// API Gateway: HTTP API with payload format 2.0; Function URL.
    Http,
    /// Application Load Balancer.
    Balancer,
}

/// An event as a request.
#[derive(Debug)]
pub(super) struct HttpEvent {
    pub(super) front: Front,
    pub(super) request: Request<Bytes>,
    /// There were more headers than a `HeaderMap` holds. The headers that are left out could decide who the caller is,
    /// so the request gets a method that no function accepts, and the caller gets the answer to a wrong method.
    pub(super) has_too_many_headers: bool,
    /// The client's address, if the front says it.
    pub(super) client_ip: Option<IpAddr>,
}

/// The method of a request that must not be served.
const REFUSED: &[u8] = b"TOO-MANY-HEADERS";

/// Why an event cannot be parsed. Names a member of the format, and never quotes a value, which may be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoHttpEvent {
    #[error("not an event of API Gateway, a Function URL or a load balancer: it is not JSON")]
    NotJson,
    #[error(
        "not an event of API Gateway, a Function URL or a load balancer: it is not a JSON object"
    )]
    NotAnObject,
    #[error(
        "not an event of API Gateway, a Function URL or a load balancer: \
         it has neither httpMethod nor requestContext.http.method"
    )]
    NoMethod,
    /// The value of this member has no clear meaning.
    #[error(
        "not an event of API Gateway, a Function URL or a load balancer: its member {0} cannot be read"
    )]
    Unreadable(&'static str),
}

pub(super) fn read(event: &[u8]) -> Result<HttpEvent, NoHttpEvent> {
    // UTF-8 is checked for the whole event at once, which is faster than string by string.
    let text = std::str::from_utf8(event).map_err(|_| NoHttpEvent::NotJson)?;
    let event = parse(text)?;
    let front = front(&event);
    let is_base64 = members::flag(event.is_base64.as_deref())
        .ok_or(NoHttpEvent::Unreadable("isBase64Encoded"))?;
    let (method, member) = method(front, &event).ok_or(NoHttpEvent::NoMethod)?;
    let method = Method::from_bytes(upper_case(method).as_bytes())
        .map_err(|_| NoHttpEvent::Unreadable(member))?;

    let mut request = Request::new(members::body(event.body, is_base64, text));
    let (path, other_path) = match front {
        Front::Http => (event.raw_path, event.path),
        Front::Rest | Front::Balancer => (event.path, event.raw_path),
    };
    let query = match event.raw_query {
        Some(query) if front == Front::Http => Query::Text(query),
        raw => {
            let pairs = Pairs::merged(event.query, event.multi_query, Names::OfParameters);
            match (pairs.is_empty(), front) {
                (true, _) => Query::Text(raw.unwrap_or_default()),
                (false, Front::Balancer) => Query::Encoded(pairs),
                (false, Front::Rest | Front::Http) => Query::Decoded(pairs),
            }
        }
    };
    let seen_by_gateway = seen_by_gateway(front, &event.context);
    let path = [path, other_path, event.context.http.and_then(|http| http.path)];
    let path = path.into_iter().flatten().find(|path| !path.is_empty());
    *request.uri_mut() = target::uri(path.unwrap_or(Cow::Borrowed("/")), query);

    let headers = Pairs::merged(event.headers, event.multi_headers, Names::OfHeaders);
    let filled = headers
        .fill(request.headers_mut())
        .and_then(|()| join_cookies(request.headers_mut(), &event.cookies))
        .and_then(|()| add_host(request.headers_mut(), event.context.domain_name.as_deref()));
    let has_too_many_headers = filled.is_err();
    let client_ip = match front {
        Front::Balancer => last_forwarded_for(request.headers()),
        Front::Rest | Front::Http => seen_by_gateway,
    };
    *request.method_mut() = match has_too_many_headers {
        true => Method::from_bytes(REFUSED).unwrap_or(Method::CONNECT),
        false => method,
    };
    Ok(HttpEvent { front, request, has_too_many_headers, client_ip })
}

/// The address that a gateway saw. A balancer has no member for it.
fn seen_by_gateway(front: Front, context: &Context<'_>) -> Option<IpAddr> {
    let address = match front {
        Front::Rest => context.identity.source_ip.as_deref(),
        Front::Http => context.http.as_ref()?.source_ip.as_deref(),
        Front::Balancer => None,
    };
    address?.parse().ok()
}

fn parse(text: &str) -> Result<Event<'_>, NoHttpEvent> {
    let member = Cell::new("");
    let mut json = serde_json::Deserializer::from_str(text);
    // Asks for a map, so that `null` is an error and does not become an event without members.
    let event = json.deserialize_map(Reader(Event::default(), &member));
    event.and_then(|event| json.end().map(|()| event)).map_err(|error| match member.get() {
        _ if !error.is_data() => NoHttpEvent::NotJson,
        "" => NoHttpEvent::NotAnObject,
        member => NoHttpEvent::Unreadable(member),
    })
}

/// `version` says which payload format an event of API Gateway or a Function URL has, even if the event also has
/// members of the other format. REST APIs and balancers send no version.
fn front(event: &Event<'_>) -> Front {
    match event.version.as_deref() {
        Some("2.0" | "2") => Front::Http,
        Some("1.0" | "1") => Front::Rest,
        _ if event.context.http.is_some() => Front::Http,
        _ if !matches!(event.context.elb, Any::Null) => Front::Balancer,
        _ => Front::Rest,
    }
}

/// The method, and the path of its member. Events written by hand often lack the front's own member, so the other
/// members that can name a method are tried, too.
fn method<'m>(front: Front, event: &'m Event<'_>) -> Option<(&'m str, &'static str)> {
    let context = &event.context;
    let top = (event.http_method.as_deref(), "httpMethod");
    let http = context.http.as_ref().and_then(|http| http.method.as_deref());
    let http = (http, "requestContext.http.method");
    let (first, second) = if front == Front::Http { (http, top) } else { (top, http) };
    let third = (context.method.as_deref(), "requestContext.httpMethod");
    let named = [first, second, third]
        .into_iter()
        .find_map(|(method, member)| Some((method.filter(|method| !method.is_empty())?, member)));
    named.or_else(|| {
        let (method, _) = event.route_key.as_deref()?.split_once(' ')?;
        (method != "ANY").then_some((method, "routeKey"))
    })
}

fn upper_case(method: &str) -> Cow<'_, str> {
    if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(method.to_ascii_uppercase())
    } else {
        Cow::Borrowed(method)
    }
}

/// Makes one `cookie` header, as HTTP/1.1 requires. Payload format 2.0 moves the cookies into a member of their own,
/// and a client that speaks HTTP/2 may send one header line per cookie (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap, cookies: &[Cow<'_, str>]) -> Result<(), TooMany> {
    let joined = if cookies.is_empty() {
        let mut lines = headers.get_all(header::COOKIE).iter();
        if lines.next().is_none() || lines.next().is_none() {
            return Ok(());
        }
        let lines = headers.get_all(header::COOKIE);
        let lines: Vec<&[u8]> = lines.iter().map(HeaderValue::as_bytes).collect();
        lines.join(&b"; "[..])
    } else {
        cookies.join("; ").into_bytes()
    };
    headers.try_insert(header::COOKIE, pairs::value(&joined))?;
    Ok(())
}

/// Adds the header `host` if it is missing, as in events written by hand. Its value is the domain at which the front
/// was called; a client sends the same text as `host`.
fn add_host(headers: &mut HeaderMap, domain: Option<&str>) -> Result<(), TooMany> {
    if !headers.contains_key(header::HOST)
        && let Some(Ok(domain)) = domain.map(HeaderValue::from_str)
    {
        headers.try_insert(header::HOST, domain)?;
    }
    Ok(())
}
