//! Why there is no answer. Derived from the types of the underlying errors, not from their
//! messages.

use std::{error::Error, io};

use rustls::CertificateError;

use super::resolver::Unresolved;

/// Why there is no answer. Carries no data that was sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The host's name does not resolve.
    #[error("cannot connect: the host's name does not resolve")]
    Unresolved,
    /// The connection was refused: nothing listens on the port.
    #[error("cannot connect: connection refused, nobody listens on this port")]
    Refused,
    /// The server's certificate is not trusted.
    #[error("certificate not trusted: {0}")]
    Untrusted(Distrust),
    /// No connection for another reason, or no TLS on it.
    #[error("cannot connect")]
    Connect,
    /// The connection broke, or the answer was not HTTP.
    #[error("connection broken")]
    Broken,
    /// It took too long.
    #[error("timed out")]
    Timeout,
    /// The body of the answer is too long.
    #[error("too large")]
    TooLarge,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// No trusted authority has signed it.
    #[error("its issuer is unknown; AWS_CA_BUNDLE or SSL_CERT_FILE can name the authority")]
    Issuer,
    /// It is for another host.
    #[error("it is for another host")]
    Name,
    /// It has expired, or is not valid yet.
    #[error("it has expired or is not valid yet")]
    Time,
    /// Anything else.
    #[error("it cannot be verified")]
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
