//! The address of a key set: fixed at start, never made from anything in a token.
//! `https`, or `http` on this machine for tests and local stand-ins.

use std::{fmt, net::IpAddr};

use http::Uri;

const GOOGLE_ID_TOKENS: &str =
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

const GOOGLE_APP_CHECK: &str = "https://firebaseappcheck.googleapis.com/v1/jwks";

/// Where a key set is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUrl(Uri);

impl KeyUrl {
    /// Google's keys for Firebase ID tokens, in JWK form.
    #[must_use]
    pub fn google_id_tokens() -> Self {
        Self(Uri::from_static(GOOGLE_ID_TOKENS))
    }

    /// Google's keys for App Check tokens: other keys than those of ID tokens, never mixed.
    #[must_use]
    pub fn google_app_check() -> Self {
        Self(Uri::from_static(GOOGLE_APP_CHECK))
    }

    /// Reads an address.
    ///
    /// # Errors
    /// No URL, plain `http` off this machine, or credentials in it.
    pub fn parse(text: &str) -> Result<Self, KeyUrlError> {
        let uri: Uri = text.parse().map_err(|_| KeyUrlError::Form)?;
        let authority = uri.authority().ok_or(KeyUrlError::Form)?;
        if authority.as_str().contains('@') || text.contains('#') || authority.host().is_empty() {
            return Err(KeyUrlError::Form);
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self(uri)),
            Some("http") if is_loopback(authority.host()) => Ok(Self(uri)),
            Some("http") => Err(KeyUrlError::Unencrypted),
            _ => Err(KeyUrlError::Form),
        }
    }

    /// The address as a URI: scheme, host and path are there.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for KeyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no address of a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUrlError {
    /// Not an absolute http(s) URL, or one with credentials or a fragment.
    Form,
    /// `http` to another machine: whoever is on the way could forge every user.
    Unencrypted,
}

impl fmt::Display for KeyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "write a URL such as https://keys.example.com/jwks.json",
            Self::Unencrypted => "keys must come over https (http is accepted on 127.0.0.1 only)",
        })
    }
}

impl std::error::Error for KeyUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_and_http_on_this_machine_only() {
        let cases = [
            ("https://keys.example.com/jwks", Ok(())),
            ("https://127.0.0.1:8443/", Ok(())),
            ("http://127.0.0.1:9000/jwks?x=1", Ok(())),
            ("http://127.9.9.9/", Ok(())),
            ("http://[::1]:9000/jwks", Ok(())),
            ("http://localhost/jwks", Ok(())),
            ("http://keys.example.com/jwks", Err(KeyUrlError::Unencrypted)),
            ("http://127.0.0.1.example.com/", Err(KeyUrlError::Unencrypted)),
            ("http://localhost.example.com/", Err(KeyUrlError::Unencrypted)),
            ("http://10.0.0.1/", Err(KeyUrlError::Unencrypted)),
            ("http://0.0.0.0/", Err(KeyUrlError::Unencrypted)),
            ("https://user:secret@keys.example.com/", Err(KeyUrlError::Form)),
            ("https://keys.example.com/#x", Err(KeyUrlError::Form)),
            ("file:///etc/keys", Err(KeyUrlError::Form)),
            ("ftp://127.0.0.1/keys", Err(KeyUrlError::Form)),
            ("keys.example.com/jwks", Err(KeyUrlError::Form)),
            ("/jwks", Err(KeyUrlError::Form)),
            ("", Err(KeyUrlError::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(KeyUrl::parse(text).map(|_| ()), expected, "{text}");
        }
        assert_eq!(KeyUrl::parse(GOOGLE_ID_TOKENS), Ok(KeyUrl::google_id_tokens()));
        assert_eq!(KeyUrl::parse(GOOGLE_APP_CHECK), Ok(KeyUrl::google_app_check()));
    }
}
