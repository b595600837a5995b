//! The address of a service. The program or its operator sets it at start; a client never does. It is an `https`
//! address, or an `http` address of this machine (for tests and local servers) or of a local Auth emulator.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use http::{Uri, uri::Authority};

/// The address of a service, such as a key endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(Uri);

impl ServiceUrl {
    /// An address that is written in the program.
    ///
    /// ```
    /// let keys = shared::net::ServiceUrl::from_static("https://keys.example.com/jwks.json");
    /// ```
    ///
    /// # Panics
    /// [`Self::parse`] refuses the text.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a wrong address in the program's text is a bug")]
    pub fn from_static(url: &'static str) -> Self {
        Self::parse(url).expect("the address of a service")
    }

    /// The address of a local Auth emulator.
    #[cfg(feature = "emulator")]
    pub(crate) fn of_emulator(host: &crate::token::EmulatorHost) -> Self {
        // `host` was checked when it was parsed. The default URI has no host: requests to it fail.
        let url = format!("http://{host}/");
        Self(url.parse().unwrap_or_default())
    }

    /// Reads an address.
    ///
    /// ```
    /// use shared::net::{ServiceUrl, UrlError};
    ///
    /// assert_eq!(ServiceUrl::parse("http://keys.example.com/"), Err(UrlError::Unencrypted));
    /// ```
    ///
    /// # Errors
    /// The text is not a URL, contains credentials or a fragment, or is an `http` address of another machine.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let uri: Uri = text.parse().map_err(|_| UrlError::Form)?;
        let authority = uri.authority().ok_or(UrlError::Form)?;
        if authority.as_str().contains('@') || text.contains('#') || !is_reachable(authority) {
            return Err(UrlError::Form);
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self(uri)),
            Some("http") if is_loopback(authority.host()) => Ok(Self(uri)),
            Some("http") => Err(UrlError::Unencrypted),
            _ => Err(UrlError::Form),
        }
    }

    /// The address as a URI with scheme, host and path.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// The address with `path` appended. `path` begins with a slash. It is not escaped here: the caller has checked its
    /// parts.
    ///
    /// ```
    /// use shared::net::ServiceUrl;
    ///
    /// let api = ServiceUrl::parse("https://api.example.com/v1")?;
    /// assert_eq!(api.join("/users:lookup")?.to_string(), "https://api.example.com/v1/users:lookup");
    /// # Ok::<(), shared::net::UrlError>(())
    /// ```
    ///
    /// # Errors
    /// `path` cannot be part of a URL.
    pub fn join(&self, path: &str) -> Result<Self, UrlError> {
        let base = self.0.path().trim_end_matches('/');
        let mut parts = self.0.clone().into_parts();
        let path = format!("{base}{path}").parse().map_err(|_| UrlError::Form)?;
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map(Self).map_err(|_| UrlError::Form)
    }
}

/// Whether the host name is valid, and the port is absent or from 1 to 65535.
fn is_reachable(authority: &Authority) -> bool {
    let host = authority.host();
    let host_fits = match host.strip_prefix('[') {
        Some(v6) => v6.strip_suffix(']').is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok()),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    let has_port = authority.as_str().len() > host.len();
    let port_fits = authority.port_u16().is_some_and(|port| port > 0);
    host_fits && !host.is_empty() && (port_fits || !has_port)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not the address of a service.
///
/// ```
/// use shared::net::{ServiceUrl, UrlError};
///
/// assert_eq!(ServiceUrl::parse("http://keys.example.com"), Err(UrlError::Unencrypted));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Not an absolute http(s) URL, or one with credentials or a fragment.
    #[error("write a URL such as https://keys.example.com/jwks.json")]
    Form,
    /// `http` to another machine: the network in between could forge its answers.
    #[error("https is needed (http is accepted only for this machine, such as 127.0.0.1)")]
    Unencrypted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_everywhere_and_http_on_this_machine_only() {
        let cases = [
            ("https://keys.example.com/jwks", Ok(())),
            ("https://127.0.0.1:8443/", Ok(())),
            ("http://127.0.0.1:9000/jwks?x=1", Ok(())),
            ("http://127.9.9.9/", Ok(())),
            ("http://[::1]:9000/jwks", Ok(())),
            ("http://localhost/jwks", Ok(())),
            ("http://keys.example.com/jwks", Err(UrlError::Unencrypted)),
            ("http://127.0.0.1.example.com/", Err(UrlError::Unencrypted)),
            ("http://localhost.example.com/", Err(UrlError::Unencrypted)),
            ("http://10.0.0.1/", Err(UrlError::Unencrypted)),
            ("http://0.0.0.0/", Err(UrlError::Unencrypted)),
            ("https://user:secret@keys.example.com/", Err(UrlError::Form)),
            ("https://keys.example.com/#x", Err(UrlError::Form)),
            ("https://keys.example.com:65535/jwks", Ok(())),
            ("https://keys.example.com:65536/jwks", Err(UrlError::Form)),
            ("https://keys.example.com:0/", Err(UrlError::Form)),
            ("https://keys.example.com:/", Err(UrlError::Form)),
            ("https://keys.example.com:https/", Err(UrlError::Form)),
            ("https://*.example.com/", Err(UrlError::Form)),
            ("https://[::1/", Err(UrlError::Form)),
            ("https://[keys]/", Err(UrlError::Form)),
            (" https://keys.example.com/jwks", Err(UrlError::Form)),
            ("https://keys.example.com/jwks\n", Err(UrlError::Form)),
            ("https://keys.example.com/a b", Err(UrlError::Form)),
            ("HTTPS://keys.example.com/jwks", Ok(())),
            ("file:///etc/keys", Err(UrlError::Form)),
            ("ftp://127.0.0.1/keys", Err(UrlError::Form)),
            ("keys.example.com/jwks", Err(UrlError::Form)),
            ("/jwks", Err(UrlError::Form)),
            ("", Err(UrlError::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(ServiceUrl::parse(text).map(|_| ()), expected, "{text}");
        }
    }

    #[test]
    #[should_panic = "Unencrypted"]
    fn an_address_in_the_programs_text_must_be_encrypted_too() {
        let _ = ServiceUrl::from_static("http://keys.example.com/jwks");
    }

    #[test]
    fn appends_paths_to_an_address() {
        for (base, expected) in [
            ("https://a.example", "https://a.example/v1/x:y"),
            ("https://a.example/", "https://a.example/v1/x:y"),
            ("http://127.0.0.1:1/b", "http://127.0.0.1:1/b/v1/x:y"),
        ] {
            let joined = ServiceUrl::parse(base).unwrap().join("/v1/x:y").unwrap();
            assert_eq!(joined.to_string(), expected);
        }
        assert_eq!(
            ServiceUrl::parse("https://a.example").unwrap().join("/a b"),
            Err(UrlError::Form)
        );
    }
}
