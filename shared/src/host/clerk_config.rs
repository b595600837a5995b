//! The variables of Clerk sign-in. Only functions that verify Clerk sessions need them.

use super::config::StartError;
use crate::{net::ServiceUrl, token::PublicKey};

/// `CLERK_…`, as far as set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClerkConfig {
    /// `CLERK_ISSUER`: the Frontend API URL of the Clerk instance, the only accepted issuer.
    pub issuer: String,
    /// `CLERK_JWT_KEY`: the instance's public key, for verification without network.
    pub key: Option<PublicKey>,
    /// `CLERK_JWKS_URL`: where the instance's keys are read. Default: below the issuer.
    pub keys_url: ServiceUrl,
    /// `CLERK_AUTHORIZED_PARTIES`: the origins whose sessions are accepted.
    pub authorized_parties: Vec<String>,
}

const ISSUER: &str = "CLERK_ISSUER";
const KEY: &str = "CLERK_JWT_KEY";
const KEYS_URL: &str = "CLERK_JWKS_URL";
const PARTIES: &str = "CLERK_AUTHORIZED_PARTIES";

impl ClerkConfig {
    /// Reads the variables through `set`, which yields those that are set and not empty.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub(super) fn read(set: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let issuer = issuer(set(ISSUER))?;
        let keys_url = set(KEYS_URL).unwrap_or_else(|| format!("{issuer}/.well-known/jwks.json"));
        let keys_url = ServiceUrl::parse(&keys_url)
            .map_err(|error| StartError::new(KEYS_URL, format_args!("cannot be used: {error}")))?;
        Ok(Self {
            issuer,
            key: key(set(KEY))?,
            keys_url,
            authorized_parties: parties(set(PARTIES))?,
        })
    }
}

fn issuer(value: Option<String>) -> Result<String, StartError> {
    let help = "set it to the Frontend API URL that Clerk's dashboard shows under API keys, as in \
                CLERK_ISSUER=https://clerk.example.com";
    let issuer =
        value.ok_or_else(|| StartError::new(ISSUER, format_args!("is not set: {help}")))?;
    let issuer = issuer.trim_end_matches('/');
    match ServiceUrl::parse(issuer) {
        Ok(url) if url.uri().path() == "/" && url.uri().query().is_none() => Ok(issuer.to_owned()),
        _ => Err(StartError::new(ISSUER, format_args!("is no issuer: {help}"))),
    }
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
    match parties.iter().find(|party| !is_origin(party)) {
        None => Ok(parties),
        Some(party) => Err(StartError::new(
            PARTIES,
            format_args!("cannot be used: {party:?} is no origin: {help}"),
        )),
    }
}

/// `scheme://host` with or without a port, as browsers write origins: a session of any other form
/// would never match.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !host.is_empty()
            && host.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestKeys;

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
    fn reads_keys_below_the_issuer_unless_told_otherwise() {
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
    fn says_in_one_sentence_what_is_missing_or_wrong() {
        for (name, value, expected) in [
            (ISSUER, "", "CLERK_ISSUER is not set: "),
            (ISSUER, "clerk.example.com", "CLERK_ISSUER is no issuer: "),
            (ISSUER, "http://clerk.example.com", "CLERK_ISSUER is no issuer: "),
            (ISSUER, "https://clerk.example.com/v1", "CLERK_ISSUER is no issuer: "),
            (KEY, "not-to-be-seen", "CLERK_JWT_KEY cannot be used: it is not exactly one PEM block "),
            (KEYS_URL, "http://keys.example.com", "CLERK_JWKS_URL cannot be used: "),
            (PARTIES, "", "CLERK_AUTHORIZED_PARTIES is not set: "),
            (PARTIES, " , ", "CLERK_AUTHORIZED_PARTIES is not set: "),
            (PARTIES, "*", "CLERK_AUTHORIZED_PARTIES cannot be used: \"*\" is no origin"),
            (PARTIES, "https://a.example/", "CLERK_AUTHORIZED_PARTIES cannot be used: "),
        ] {
            let sentence = read(&[(name, value)]).unwrap_err().to_string();
            assert!(sentence.starts_with(expected), "{sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("not-to-be-seen"));
        }
    }
}
