//! The target of a request (path and query), restored to the form in which the client sent it. Fronts send:
//!
//! | front | path | query |
//! |---|---|---|
//! | REST API | unchanged | decoded |
//! | HTTP API | decoded | 1.0: decoded; 2.0: unchanged |
//! | Function URL, load balancer | unchanged | unchanged |
//!
//! Sources: the guides named in `event.rs`; for the paths, captures of each front in hotsock/voker#8 and
//! middleapi/standard-server#93 on GitHub.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Uri, uri::PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::pairs::Pairs;

/// A query, in the form that its front sends.
pub(super) enum Query<'e> {
    /// As one text.
    Text(Cow<'e, str>),
    /// Names and values, still percent-encoded.
    Encoded(Pairs<'e>),
    /// Names and values, decoded.
    Decoded(Pairs<'e>),
}

/// The characters that a browser encodes in a path (WHATWG URL standard, "path percent-encode set"). If a path
/// contains one of them, the front has decoded it, so it is encoded again. All other characters stay unchanged, such
/// as the `%2F` of a front that does not decode.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');
/// The characters that a browser encodes in a query.
const IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
/// The characters that are encoded in the name or value of a parameter: those of a query, and the separator `&`.
const IN_PARAMETER: &AsciiSet = &IN_QUERY.add(b'&');
/// The characters that JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Makes the URI of a target. A target that is longer than a `Uri` can be (64 KB, more than any front lets through)
/// loses its query, or becomes `/`. A callable ignores its URI, so this affects only other functions.
pub(super) fn uri(path: Cow<'_, str>, query: Query<'_>) -> Uri {
    let path = encoded(path);
    let alone = || PathAndQuery::try_from(path.as_ref());
    let target = match query {
        Query::Text(text) if text.is_empty() => alone(),
        query => {
            let mut target = path.to_string();
            push_query(&mut target, query);
            PathAndQuery::from_maybe_shared(Bytes::from(target)).or_else(|_| alone())
        }
    };
    target.map_or_else(|_| Uri::from_static("/"), Uri::from)
}

/// Makes a path that begins with a slash, and in which every `%` begins an escape.
fn encoded(path: Cow<'_, str>) -> Cow<'_, str> {
    let is_clean = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    if path.starts_with('/') && path.bytes().all(is_clean) {
        return path;
    }
    let mut target = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        target.push('/');
    }
    let mut parts = path.split('%');
    target.extend(utf8_percent_encode(parts.next().unwrap_or_default(), IN_PATH));
    for part in parts {
        let digits = part.as_bytes().first_chunk::<2>();
        let is_escape = digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        target.push_str(if is_escape { "%" } else { "%25" });
        target.extend(utf8_percent_encode(part, IN_PATH));
    }
    Cow::Owned(target)
}

fn push_query(target: &mut String, query: Query<'_>) {
    let (pairs, set) = match &query {
        Query::Text(text) => {
            target.push('?');
            target.extend(utf8_percent_encode(text, IN_QUERY));
            return;
        }
        Query::Encoded(pairs) => (pairs, IN_PARAMETER),
        Query::Decoded(pairs) => (pairs, COMPONENT),
    };
    let mut separator = '?';
    for (name, value) in pairs.iter() {
        target.push(separator);
        separator = '&';
        target.extend(utf8_percent_encode(name, set));
        target.push('=');
        target.extend(utf8_percent_encode(value, set));
    }
}
