//! Origins as browsers write them (WHATWG URL, "origin" and its serialization). A configured origin in any
//! other form matches no `Origin` header and no claim, and only refused users would notice.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A configured origin that no browser would ever send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an origin as browsers send it ({problem}): write {}",
    .instead.as_deref().unwrap_or("scheme://host or scheme://host:port")
)]
pub struct InvalidOrigin {
    text: String,
    problem: &'static str,
    instead: Option<String>,
}

impl InvalidOrigin {
    pub(super) fn new(text: &str, problem: &'static str) -> Self {
        Self { text: without_credentials(text), problem, instead: cured(text) }
    }
}

/// For the log, without the text before an `@`, which may be a password.
fn without_credentials(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    }
}

/// Accepts `scheme://host` and `scheme://host:port` in the one form in which a browser writes them.
///
/// # Errors
/// Any other form; the error has the right one where that is clear.
pub fn check_origin(text: &str) -> Result<(), InvalidOrigin> {
    problem(text).map_or(Ok(()), |problem| Err(InvalidOrigin::new(text, problem)))
}

/// What is wrong with an origin.
pub(super) fn problem(text: &str) -> Option<&'static str> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some("there is white space in it");
    }
    let Some((scheme, authority)) = text.split_once("://") else {
        return Some("its scheme is missing");
    };
    let odd = |byte: u8| !byte.is_ascii_lowercase() && !byte.is_ascii_digit();
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some("its scheme is missing");
    }
    if scheme.bytes().any(|byte| odd(byte) && !b"+-.".contains(&byte)) {
        return Some("a scheme is in lower case");
    }
    if authority.contains(['/', '?', '#', '\\']) {
        return Some("a path or a trailing slash is not part of one");
    }
    if authority.contains('@') {
        return Some("credentials are not part of one");
    }
    let (host, port) = split_port(authority);
    if host.is_empty() {
        return Some("its host is missing");
    }
    let default = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        // An app is free to choose the hosts of its own schemes.
        _ => {
            let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
            return (!authority.bytes().all(fits)).then_some("its host is not a host name");
        }
    };
    host_problem(host).or_else(|| port.and_then(|port| port_problem(port, default)))
}

/// The colons of an IPv6 address are inside of its brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn port_problem(port: &str, default: Option<u16>) -> Option<&'static str> {
    match port.parse::<u16>() {
        Ok(number) if Some(number) == default => Some("a browser leaves out the scheme's own port"),
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
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some("a host is in lower case");
    }
    if !host.is_ascii() {
        return Some("a host outside of ASCII is sent in its xn-- form");
    }
    if host.contains('*') {
        return Some("* may stand for the first label only, as in https://*.example.com");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    // One dot may stand at the end.
    let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    if labels.any(|label| label.is_empty() || !label.bytes().all(fits)) {
        return Some("its host is not a host name");
    }
    let is_number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && !host.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == host) {
        return Some("its IPv4 address is not four numbers");
    }
    None
}

/// The origin that was meant, if that is clear.
fn cured(text: &str) -> Option<String> {
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
    fn names_what_is_wrong_and_the_form_that_was_meant() {
        for (wrong, problem, cure) in [
            ("https://app.example/", "trailing slash", "https://app.example"),
            ("https://app.example/path?x", "a path", "https://app.example"),
            ("https://app.example?x", "a path", "https://app.example"),
            ("https://app.example#x", "a path", "https://app.example"),
            ("https://App.Example", "lower case", "https://app.example"),
            ("HTTPS://app.example", "lower case", "https://app.example"),
            ("https://app.example:443", "own port", "https://app.example"),
            ("http://app.example:80", "own port", "http://app.example"),
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
            ("https://*", "first label only", ""),
            ("https://a.*.example", "first label only", ""),
            ("https://*example.com", "first label only", ""),
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
            let cure = if cure.is_empty() { "scheme://host or scheme://host:port" } else { cure };
            assert!(sentence.ends_with(&format!(": write {cure}")), "{wrong}: {sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("pw"), "{sentence}");
        }
    }
}
