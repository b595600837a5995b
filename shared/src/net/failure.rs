//! Why there is no answer. Derived from the types of the underlying errors, not from their
//! messages.

use std::{error::Error, fmt, io};

use rustls::CertificateError;

use super::resolver::Unresolved;

/// Why there is no answer. Carries no data that was sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The host's name does not resolve.
    Unresolved,
    /// The connection was refused: nothing listens on the port.
    Refused,
    /// The server's certificate is not trusted.
    Untrusted(Distrust),
    /// No connection for another reason, or no TLS on it.
    Connect,
    /// The connection broke, or the answer was not HTTP.
    Broken,
    /// It took too long.
    Timeout,
    /// The body of the answer is too long.
    TooLarge,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// No trusted authority has signed it.
    Issuer,
    /// It is for another host.
    Name,
    /// It has expired, or is not valid yet.
    Time,
    /// Anything else.
    Form,
}

impl SendError {
    /// Whether no connection was made, so that nothing was sent.
    #[must_use]
    pub fn is_before_sending(self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused | Self::Untrusted(_) | Self::Connect)
    }

    /// Whether a second attempt right away may help.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused | Self::Connect | Self::Broken)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unresolved => "cannot connect: the host's name does not resolve",
            Self::Refused => "cannot connect: connection refused, nobody listens on this port",
            Self::Untrusted(Distrust::Issuer) => {
                "certificate not trusted: its issuer is unknown; AWS_CA_BUNDLE or SSL_CERT_FILE can \
                 name the authority"
            }
            Self::Untrusted(Distrust::Name) => "certificate not trusted: it is for another host",
            Self::Untrusted(Distrust::Time) => {
                "certificate not trusted: it has expired or is not valid yet"
            }
            Self::Untrusted(Distrust::Form) => "certificate not trusted: it cannot be verified",
            Self::Connect => "cannot connect",
            Self::Broken => "connection broken",
            Self::Timeout => "timed out",
            Self::TooLarge => "too large",
        })
    }
}

impl Error for SendError {}

/// Why no connection was made.
pub(super) fn while_connecting(error: &(dyn Error + 'static)) -> SendError {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Unresolved>() {
            return SendError::Unresolved;
        }
        if let Some(rustls::Error::InvalidCertificate(problem)) = error.downcast_ref() {
            return SendError::Untrusted(distrust(problem));
        }
        let io: Option<&io::Error> = error.downcast_ref();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return SendError::Refused;
        }
        // `io::Error::source` skips the error that it wraps and returns that error's source.
        let wrapped = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Error + 'static));
        next = wrapped.or_else(|| error.source());
    }
    SendError::Connect
}

fn distrust(problem: &CertificateError) -> Distrust {
    use CertificateError as E;
    match problem {
        E::UnknownIssuer => Distrust::Issuer,
        E::NotValidForName | E::NotValidForNameContext { .. } => Distrust::Name,
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            Distrust::Time
        }
        _ => Distrust::Form,
    }
}
