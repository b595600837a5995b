//! Origins in the form in which browsers send them (WHATWG URL, "origin" and its serialization). A configured origin
//! in any other form matches no `Origin` header and no claim, and only rejected users would notice.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A configured origin in a form in which no browser sends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an origin as browsers send it ({problem}): write {}",
    .suggestion.as_deref().unwrap_or("scheme://host or scheme://host:port")
)]
pub struct InvalidOrigin {
    text: String,
    problem: &'static str,
    suggestion: Option<String>,
}

impl InvalidOrigin {
    pub(super) fn new(text: &str, problem: &'static str) -> Self {
        Self { text: without_credentials(text), problem, suggestion: suggestion(text) }
    }
}

/// Removes the text before an `@`, which may be a password, so that the error can be logged.
fn without_credentials(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    }
}

/// Accepts `scheme://host` and `scheme://host:port` in the one form in which a browser sends them.
///
/// ```
/// use shared::protocol::origin::check_origin;
///
/// assert_eq!(check_origin("https://app.example.com"), Ok(()));
/// let error = check_origin("https://app.example.com/").unwrap_err();
/// assert!(error.to_string().ends_with("write https://app.example.com"));
/// ```
///
/// # Errors
/// The text has another form. The error suggests the right one if the intended origin is clear.
pub fn check_origin(text: &str) -> Result<(), InvalidOrigin> {
    problem(text).map_or(Ok(()), |problem| Err(InvalidOrigin::new(text, problem)))
}

/// What is wrong with an origin.
pub(super) fn problem(text: &str) -> Option<&'static str> {
    let (scheme, authority) = text.split_once("://").unwrap_or_default();
    let (host, port) = split_port(authority);
    let is_of_scheme = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let found = first([
        (text.contains(|c: char| c.is_whitespace() || c.is_control()), "it contains white space"),
        (!scheme.starts_with(|c: char| c.is_ascii_alphabetic()), "its scheme is missing"),
        (!scheme.bytes().all(is_of_scheme), "its scheme is not in lower case"),
        (authority.contains(['/', '?', '#', '\\']), "it has a path or a trailing slash"),
        (authority.contains('@'), "it contains credentials"),
        (host.is_empty(), "its host is missing"),
    ]);
    if found.is_some() {
        return found;
    }
    let default = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        // With a custom scheme, the app chooses the host.
        _ => {
            let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
            return (!authority.bytes().all(fits)).then_some("its host is not a host name");
        }
    };
    host_problem(host).or_else(|| port.and_then(|port| port_problem(port, default)))
}

/// The problem of the first check that applies.
fn first<const N: usize>(checks: [(bool, &'static str); N]) -> Option<&'static str> {
    checks.into_iter().find_map(|(is_so, problem)| is_so.then_some(problem))
}

/// Splits at the last colon, unless it is inside the brackets of an IPv6 address.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn port_problem(port: &str, default: Option<u16>) -> Option<&'static str> {
    match port.parse::<u16>() {
        Ok(number) if Some(number) == default => {
            Some("browsers omit the default port of the scheme")
        }
        Ok(number) if number > 0 && number.to_string() == port => None,
        _ => Some("its port is not a number from 1 to 65535"),
    }
}

fn host_problem(host: &str) -> Option<&'static str> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|it| it.parse::<Ipv6Addr>().ok());
        let shortest =
            address.is_some_and(|it| format!("[{it}]") == host || it.to_ipv4_mapped().is_some());
        return (!shortest).then_some("its IPv6 address is not in the shortest form");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    // A host may end in one dot.
    let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    let is_ipv4 = || host.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == host);
    first([
        (host.bytes().any(|byte| byte.is_ascii_uppercase()), "its host is not in lower case"),
        (!host.is_ascii(), "browsers send a host that is not ASCII in its xn-- form"),
        (host.contains('*'), "only the first label can be *, as in https://*.example.com"),
        (
            labels.any(|label| label.is_empty() || !label.bytes().all(fits)),
            "its host is not a host name",
        ),
        (
            is_number && !is_ipv4(),
            "its IPv4 address is not written as four decimal numbers without leading zeros",
        ),
    ])
}

/// The intended origin, if it is clear.
fn suggestion(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        None if !text.contains('.') => return None,
        None => ("https", text),
        Some(parts) => parts,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let authority = authority.rsplit('@').next()?.to_ascii_lowercase();
    let scheme = scheme.to_ascii_lowercase();
    let (host, port) = split_port(&authority);
    let default = matches!((scheme.as_str(), port), ("http", Some("80")) | ("https", Some("443")));
    let port = port.filter(|port| !default && !port.is_empty());
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{scheme}://{host}{port}");
    let exact = origin.replacen("://*.", "://", 1);
    problem(&exact).is_none().then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_origins_in_the_form_in_which_browsers_send_them() {
        for fine in [
            "https://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com:80",
            "http://app.example.com:443",
            "http://localhost",
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "https://[::1]:3000",
            "https://[2001:db8::1]",
            "https://[::ffff:7f00:1]",
            "https://xn--bcher-kva.example",
            "https://a_b.example",
            "https://app.example.",
            "https://1password.example",
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai",
            "moz-extension://5c1e9f7a-0000-4000-8000-000000000000",
            "app://com.example.App",
        ] {
            assert_eq!(check_origin(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn an_error_names_the_problem_and_suggests_the_intended_origin() {
        for (wrong, problem, suggestion) in [
            ("https://app.example/", "trailing slash", "https://app.example"),
            ("https://app.example/path?x", "a path", "https://app.example"),
            ("https://app.example?x", "a path", "https://app.example"),
            ("https://app.example#x", "a path", "https://app.example"),
            ("https://App.Example", "lower case", "https://app.example"),
            ("HTTPS://app.example", "lower case", "https://app.example"),
            ("https://app.example:443", "default port", "https://app.example"),
            ("http://app.example:80", "default port", "http://app.example"),
            ("https://app.example:", "port is not a number", "https://app.example"),
            ("https://app.example:08443", "port is not a number", ""),
            ("https://app.example:99999", "port is not a number", ""),
            ("https://app.example:0", "port is not a number", ""),
            ("https://app.example:http", "port is not a number", ""),
            (" https://app.example", "white space", "https://app.example"),
            ("https://app.example\n", "white space", "https://app.example"),
            ("https://app .example", "white space", ""),
            ("app.example", "scheme is missing", "https://app.example"),
            ("//app.example", "scheme is missing", ""),
            ("://app.example", "scheme is missing", ""),
            ("https:app.example", "scheme is missing", ""),
            ("https://", "host is missing", ""),
            ("https://:8443", "host is missing", ""),
            ("https://user:pw@app.example", "credentials", "https://app.example"),
            ("https://*", "only the first label", ""),
            ("https://a.*.example", "only the first label", ""),
            ("https://*example.com", "only the first label", ""),
            ("https://b\u{fc}cher.example", "xn-- form", ""),
            ("https://a%2eb.example", "host is not a host name", ""),
            ("https://a..example", "host is not a host name", ""),
            ("https://.example", "host is not a host name", ""),
            ("https://127.1", "IPv4", ""),
            ("https://127.0.0.01", "IPv4", ""),
            ("https://1.2.3.4.5", "IPv4", ""),
            ("https://0x7f000001", "IPv4", ""),
            ("https://[0:0:0:0:0:0:0:1]", "IPv6", ""),
            ("https://[::1", "IPv6", ""),
            ("https://[2001:DB8::1]", "IPv6", "https://[2001:db8::1]"),
            ("https://a.example;https://b.example", "a path", ""),
            ("capacitor://a*b", "host is not a host name", ""),
            ("null", "scheme is missing", ""),
            ("*", "scheme is missing", ""),
            ("", "scheme is missing", ""),
        ] {
            let sentence = check_origin(wrong).unwrap_err().to_string();
            assert!(sentence.contains(problem), "{wrong}: {sentence}");
            let suggestion = match suggestion {
                "" => "scheme://host or scheme://host:port",
                suggestion => suggestion,
            };
            assert!(sentence.ends_with(&format!(": write {suggestion}")), "{wrong}: {sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("pw"), "{sentence}");
        }
    }
}
