//! Verifies the unsigned tokens of a local Auth emulator. This verifier is separate from the others: it needs the
//! feature `emulator` and an environment variable at run time. It refuses signed tokens; every other verifier refuses
//! unsigned ones.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use super::{AuthData, IdTokenRules, Rules, TokenError, UnverifiedJwt};

/// A text that is in a binary if and only if the binary can accept unsigned tokens. To check a release, search it for
/// this text.
pub const MARKER: &str = "auth-emulator-mode:unsigned-tokens-accepted";

/// The rules for tokens of the Auth emulator: every rule of [`IdTokenRules`], except that the token must be unsigned.
/// The type exists in every build, so that code that uses it needs no `cfg`. A value exists only with the feature
/// `emulator`.
#[derive(Debug, Clone)]
pub struct EmulatorIdTokenRules {
    rules: IdTokenRules,
    _build: Build,
}

/// Without the feature `emulator` this enum has no variant. Then neither this type nor a type that contains it can have
/// a value, and the compiler removes the code that would use one.
#[derive(Debug, Clone, Copy)]
enum Build {
    #[cfg(any(test, feature = "emulator"))]
    AcceptsUnsigned,
}

impl EmulatorIdTokenRules {
    /// The rules of a project, for tokens of an emulator. Only in builds with the feature `emulator`.
    ///
    #[cfg_attr(feature = "emulator", doc = "```")]
    #[cfg_attr(not(feature = "emulator"), doc = "```ignore")]
    /// use shared::token::{EmulatorIdTokenRules, IdTokenRules, TokenError};
    ///
    /// let rules = EmulatorIdTokenRules::new(IdTokenRules::new("demo-app"));
    /// assert_eq!(rules.verify("not a token", 0).err(), Some(TokenError::Malformed));
    /// ```
    #[cfg(any(test, feature = "emulator"))]
    #[must_use]
    pub fn new(rules: IdTokenRules) -> Self {
        Self { rules, _build: Build::AcceptsUnsigned }
    }

    /// Accepts a token with `alg: none` and an empty signature if its claims meet every rule. `now` is in seconds since
    /// 1970.
    ///
    /// # Errors
    /// The first rule that the token does not meet; [`TokenError::Alg`] or [`TokenError::Signature`] for a
    /// signed token.
    pub fn verify(&self, raw: &str, now: i64) -> Result<AuthData, TokenError> {
        let jwt = UnverifiedJwt::decode(raw, Rules::max_token_bytes(&self.rules), "none")?;
        if jwt.is_signed() {
            return Err(TokenError::Signature);
        }
        self.rules.check_claims(jwt.claims(), now)?;
        AuthData::from_checked(raw, jwt.into_claims().into_members())
    }
}

/// Whether a project exists only in emulators. By Firebase's convention, the id of such a project begins with
/// `demo-`.
/// Source: firebase/firebase-tools `src/emulator/constants.ts`.
#[must_use]
pub fn is_demo_project(project_id: &str) -> bool {
    project_id.starts_with("demo-")
}

/// The address of a local Auth emulator: on this machine, its container host, or its private network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmulatorHost(String);

/// Why a string is not the address of a local emulator.
///
/// ```
/// use shared::token::{EmulatorHost, emulator::EmulatorHostError};
///
/// assert_eq!(EmulatorHost::parse("8.8.8.8:9099"), Err(EmulatorHostError::Public));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmulatorHostError {
    /// The string is not `host:port`.
    #[error("write host:port without a scheme, as in 127.0.0.1:9099")]
    Form,
    /// The host is public.
    #[error(
        "the Auth emulator must be local: 127.0.0.1, localhost, a private address, host.docker.internal, or a name \
         without a dot, as in a Compose file"
    )]
    Public,
}

/// The names by which a container reaches the machine that runs it, in Docker and in Podman.
const CONTAINER_HOSTS: [&str; 2] = ["host.docker.internal", "host.containers.internal"];

/// Whether a host is a name in the local network, such as a service in a Compose file. Names of public hosts have a
/// dot. The name must begin with a letter, since resolvers read `134744072` and `0x8080808` as addresses.
fn is_name_without_dot(host: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    host.len() <= 63
        && host.starts_with(|first: char| first.is_ascii_alphabetic())
        && host.bytes().all(fits)
}

impl EmulatorHost {
    /// Reads `host:port`, without a scheme.
    ///
    /// ```
    /// let host = shared::token::EmulatorHost::parse("127.0.0.1:9099")?;
    /// assert_eq!(host.to_string(), "127.0.0.1:9099");
    /// # Ok::<(), shared::token::emulator::EmulatorHostError>(())
    /// ```
    ///
    /// # Errors
    /// The string has another form, or the host is not local.
    pub fn parse(text: &str) -> Result<Self, EmulatorHostError> {
        let (host, port) = text.rsplit_once(':').ok_or(EmulatorHostError::Form)?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || port.parse::<u16>().map_or(true, |port| port == 0) {
            return Err(EmulatorHostError::Form);
        }
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address: Option<IpAddr> = match bracketed {
            Some(v6) => Some(v6.parse::<Ipv6Addr>().map_err(|_| EmulatorHostError::Form)?.into()),
            None if host.contains([':', '/', '@']) || host.is_empty() => {
                return Err(EmulatorHostError::Form);
            }
            None => host.parse().ok(),
        };
        let local = match address {
            Some(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private(),
            Some(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local(),
            None => CONTAINER_HOSTS.contains(&host) || is_name_without_dot(host),
        };
        if local { Ok(Self(text.to_owned())) } else { Err(EmulatorHostError::Public) }
    }
}

impl fmt::Display for EmulatorHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
