//! The variables of Clerk sign-in. Only functions that verify Clerk sessions need them.

use std::fmt;

use shared::{host::StartError, net::ServiceUrl, protocol::origin::check_origin, token::PublicKey};

/// The values of the variables `CLERK_…`.
#[derive(Debug)]
pub(crate) struct ClerkConfig {
    /// `CLERK_ISSUER`: the Frontend API URL of the Clerk instance, the only accepted issuer.
    pub(crate) issuer: String,
    /// `CLERK_JWT_KEY`: the instance's public key, for verification without network.
    pub(crate) key: Option<PublicKey>,
    /// `CLERK_JWKS_URL`: the URL of the instance's key set. Default: `/.well-known/jwks.json` below the issuer.
    pub(crate) keys_url: ServiceUrl,
    /// `CLERK_AUTHORIZED_PARTIES`: the origins whose sessions are accepted.
    pub(crate) authorized_parties: Vec<String>,
}

const ISSUER: &str = "CLERK_ISSUER";
const KEY: &str = "CLERK_JWT_KEY";
const KEYS_URL: &str = "CLERK_JWKS_URL";
const PARTIES: &str = "CLERK_AUTHORIZED_PARTIES";

impl ClerkConfig {
    /// Reads the variables. `set` returns the value of a variable that is set and not empty.
    ///
    /// # Errors
    /// Names every variable that is missing or cannot be used.
    pub(crate) fn read(set: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let (issuer, key, keys_url, authorized_parties) = StartError::all((
            issuer(set(ISSUER)),
            key(set(KEY)),
            set(KEYS_URL).map(|url| keys_url(&url)).transpose(),
            parties(set(PARTIES)),
        ))?;
        let keys_url = match keys_url {
            Some(url) => url,
            None => self::keys_url(&format!("{issuer}/.well-known/jwks.json"))?,
        };
        Ok(Self { issuer, key, keys_url, authorized_parties })
    }
}

fn keys_url(url: &str) -> Result<ServiceUrl, StartError> {
    ServiceUrl::parse(url)
        .map_err(|error| StartError::new(KEYS_URL, format_args!("cannot be used: {error}")))
}

fn issuer(value: Option<String>) -> Result<String, StartError> {
    let help = "set it to the Frontend API URL that Clerk's dashboard shows under API keys, as in \
                CLERK_ISSUER=https://clerk.example.com";
    let issuer =
        value.ok_or_else(|| StartError::new(ISSUER, format_args!("is not set: {help}")))?;
    // Clerk's issuers do not end with a slash, but a URL that is copied from a browser's address bar may.
    let issuer = issuer.trim().trim_end_matches('/');
    let unfit = |problem: &dyn fmt::Display| {
        StartError::new(ISSUER, format_args!("is not an issuer URL: {problem}: {help}"))
    };
    let url = ServiceUrl::parse(issuer).map_err(|error| unfit(&error))?;
    let (origin, path) = origin_and_path(issuer);
    check_origin(origin).map_err(|error| unfit(&error))?;
    if !is_plain_path(path) || url.uri().query().is_some() {
        return Err(unfit(&format_args!(
            "it must be a host and an optional path, without a query"
        )));
    }
    Ok(issuer.to_owned())
}

/// Splits a URL before its path. An app that proxies Clerk through its own host has an issuer with a path:
/// `https://app.example.com/__clerk`.
fn origin_and_path(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let path = url.get(host..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| host + at);
    url.split_at_checked(path).unwrap_or((url, ""))
}

/// Whether browsers and proxies leave every segment of the path unchanged: they rewrite empty segments, `.`, `..` and
/// percent-encoding.
fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    path.split('/')
        .skip(1)
        .all(|segment| !["", ".", ".."].contains(&segment) && segment.bytes().all(plain))
}

fn key(value: Option<String>) -> Result<Option<PublicKey>, StartError> {
    value.map(|pem| PublicKey::from_pem(&pem)).transpose().map_err(|error| {
        StartError::new(
            KEY,
            format_args!(
                "cannot be used: it {error}: set it to the PEM that Clerk's dashboard shows under \
                 API keys, or leave it unset to have keys fetched"
            ),
        )
    })
}

fn parties(value: Option<String>) -> Result<Vec<String>, StartError> {
    let help = "set it to the origins of your apps, separated by commas, as in \
                CLERK_AUTHORIZED_PARTIES=https://app.example.com";
    let list = value.unwrap_or_default();
    let parties: Vec<String> = list
        .split(',')
        .map(|party| party.trim().to_owned())
        .filter(|party| !party.is_empty())
        .collect();
    if parties.is_empty() {
        return Err(StartError::new(PARTIES, format_args!("is not set: {help}")));
    }
    for party in &parties {
        // Browsers write an origin in one form only, so a party in another form would never equal a session's `azp`.
        check_origin(party)
            .map_err(|error| StartError::new(PARTIES, format_args!("cannot be used: {error}")))?;
    }
    Ok(parties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::{TestKeys, pem, spki};

    const GOOD: [(&str, &str); 2] =
        [(ISSUER, "https://clerk.example.com"), (PARTIES, "https://app.example.com")];

    fn read(changes: &[(&str, &str)]) -> Result<ClerkConfig, StartError> {
        let all = [&GOOD, changes].concat();
        ClerkConfig::read(|name| {
            let value = all.iter().rev().find(|(key, _)| *key == name);
            value.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        })
    }

    #[test]
    fn keys_are_read_below_the_issuer_unless_another_url_is_set() {
        let config = read(&[(ISSUER, "https://clerk.example.com/")]).unwrap();
        assert_eq!(config.issuer, "https://clerk.example.com");
        assert_eq!(config.keys_url.to_string(), "https://clerk.example.com/.well-known/jwks.json");
        let config = read(&[(KEYS_URL, "http://127.0.0.1:9/keys")]).unwrap();
        assert_eq!(config.keys_url.to_string(), "http://127.0.0.1:9/keys");
        let config = read(&[(PARTIES, " https://a.example , capacitor://localhost,")]).unwrap();
        assert_eq!(config.authorized_parties, ["https://a.example", "capacitor://localhost"]);
        assert!(config.key.is_none());
        let pem = TestKeys::shared().public_key_pem();
        for pem in [pem.clone(), pem.replace('\n', "\\n")] {
            assert!(read(&[(KEY, &pem)]).unwrap().key.is_some());
        }
    }

    #[test]
    fn refuses_a_configured_key_that_it_would_refuse_in_a_key_set() {
        let good = TestKeys::shared().public_key_pem();
        let of = |bits: usize, e: &[u8]| {
            let n = [&[0][..], &vec![0xAB; bits / 8]].concat();
            pem("PUBLIC KEY", &spki(&n, e))
        };
        let usual = [1, 0, 1];
        assert!(
            read(&[(KEY, &of(2048, &usual))]).is_ok(),
            "a key in the form of the refused ones is accepted"
        );
        for (value, problem) in [
            (of(1024, &usual), "it has a modulus of 1024 bits instead of 2048 to 8192"),
            (of(1536, &usual), "it has a modulus of 1536 bits instead of 2048 to 8192"),
            (of(16_384, &usual), "it has a modulus of 16384 bits instead of 2048 to 8192"),
            (of(2048, &[3]), "it has an exponent that is even, below 65537 or above 33 bits"),
            (format!("{good}x"), "it is not exactly one PEM block"),
            (format!("{good}{good}"), "it is not exactly one PEM block"),
            (TestKeys::shared().private_key_pem(), "it is not exactly one PEM block"),
        ] {
            let sentence = read(&[(KEY, &value)]).unwrap_err().to_string();
            let expected = format!("CLERK_JWT_KEY cannot be used: {problem}");
            assert!(sentence.starts_with(&expected), "{sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("MII"), "{sentence}");
        }
    }

    #[test]
    fn accepts_an_issuer_in_the_form_that_tokens_contain_and_names_that_form_in_errors() {
        for (value, issuer) in [
            ("https://clerk.example.com", "https://clerk.example.com"),
            ("https://clerk.example.com/", "https://clerk.example.com"),
            (" https://clerk.example.com\n", "https://clerk.example.com"),
            ("https://happy-newt-1.clerk.accounts.dev", "https://happy-newt-1.clerk.accounts.dev"),
            ("https://app.example.com/__clerk", "https://app.example.com/__clerk"),
            ("https://app.example.com/__clerk/", "https://app.example.com/__clerk"),
            ("https://app.example.com:8443/a/b-c.d~e", "https://app.example.com:8443/a/b-c.d~e"),
            ("http://127.0.0.1:9/__clerk", "http://127.0.0.1:9/__clerk"),
        ] {
            let config = read(&[(ISSUER, value)]).unwrap();
            assert_eq!(config.issuer, issuer, "{value}");
            assert_eq!(config.keys_url.to_string(), format!("{issuer}/.well-known/jwks.json"));
        }
        for (value, cure) in [
            ("https://Clerk.Example.com", "write https://clerk.example.com: "),
            ("https://clerk.example.com:443", "write https://clerk.example.com: "),
            ("HTTPS://clerk.example.com", "write https://clerk.example.com: "),
            ("https://Clerk.Example.com/__clerk", "write https://clerk.example.com: "),
            ("https://clerk.example.com?x=1", "CLERK_ISSUER=https://"),
            ("https://clerk.example.com/a?x=1", "CLERK_ISSUER=https://"),
            ("https://clerk.example.com/#x", "CLERK_ISSUER=https://"),
            ("https://user@clerk.example.com", "CLERK_ISSUER=https://"),
            ("https://clerk.example.com//a", "CLERK_ISSUER=https://"),
            ("https://clerk.example.com/a/../b", "CLERK_ISSUER=https://"),
            ("https://clerk.example.com/%5F", "CLERK_ISSUER=https://"),
            ("https://*.example.com", "CLERK_ISSUER=https://"),
            ("https://", "CLERK_ISSUER=https://"),
            ("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", "CLERK_ISSUER=https://"),
        ] {
            let sentence = read(&[(ISSUER, value)]).unwrap_err().to_string();
            assert!(sentence.starts_with("CLERK_ISSUER is not an issuer URL: "), "{sentence}");
            assert!(sentence.contains(cure) && !sentence.contains('\n'), "{sentence}");
        }
    }

    #[test]
    fn names_every_variable_that_is_missing_or_wrong_at_once() {
        let problems = read(&[(ISSUER, ""), (KEY, "x"), (KEYS_URL, "x"), (PARTIES, "")]);
        let problems = problems.unwrap_err().to_string();
        let named: Vec<_> = problems.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(named, [ISSUER, KEY, KEYS_URL, PARTIES]);
    }

    #[test]
    fn names_the_missing_or_wrong_variable_in_one_sentence() {
        for (name, value, expected) in [
            (ISSUER, "", "CLERK_ISSUER is not set: "),
            (ISSUER, "clerk.example.com", "CLERK_ISSUER is not an issuer URL: write a URL"),
            (ISSUER, "http://clerk.example.com", "CLERK_ISSUER is not an issuer URL: https"),
            (
                KEY,
                "not-to-be-seen",
                "CLERK_JWT_KEY cannot be used: it is not exactly one PEM block ",
            ),
            (KEYS_URL, "http://keys.example.com", "CLERK_JWKS_URL cannot be used: "),
            (PARTIES, "", "CLERK_AUTHORIZED_PARTIES is not set: "),
            (PARTIES, " , ", "CLERK_AUTHORIZED_PARTIES is not set: "),
            (PARTIES, "*", "CLERK_AUTHORIZED_PARTIES cannot be used: \"*\" is not an origin"),
            (PARTIES, "https://a.example/", "CLERK_AUTHORIZED_PARTIES cannot be used: "),
        ] {
            let sentence = read(&[(name, value)]).unwrap_err().to_string();
            assert!(sentence.starts_with(expected), "{sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("not-to-be-seen"));
        }
    }
}
