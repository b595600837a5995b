//! Why a request has no answer. Found by the types of the underlying errors, not by their messages.

use std::{error::Error, io};

use rustls::CertificateError;

use super::resolver::Unresolved;

/// Why a request has no answer. Contains no data that was sent or received.
///
/// ```
/// use shared::net::SendError;
///
/// assert!(SendError::Refused.is_before_sending() && !SendError::Timeout.is_before_sending());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The host's name does not resolve.
    #[error("cannot connect: the host's name does not resolve")]
    Unresolved,
    /// The connection was refused: nothing listens on the port.
    #[error("cannot connect: connection refused, nothing listens on this port")]
    Refused,
    /// The server's certificate is not trusted.
    #[error("certificate not trusted: {0}")]
    Untrusted(Distrust),
    /// Connecting, or the TLS handshake, failed for another reason.
    #[error("cannot connect")]
    Connect,
    /// The connection broke, or the answer was not HTTP.
    #[error("connection broken")]
    Broken,
    /// The request took too long.
    #[error("timed out")]
    Timeout,
    /// The answer's body is too long.
    #[error("too large")]
    TooLarge,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// No trusted authority has signed the certificate.
    #[error(
        "its issuer is unknown (to trust a private authority, set AWS_CA_BUNDLE or SSL_CERT_FILE)"
    )]
    Issuer,
    /// The certificate is for another host.
    #[error("it is for another host")]
    Name,
    /// The certificate has expired, or is not valid yet.
    #[error("it has expired or is not valid yet")]
    Time,
    /// Another reason.
    #[error("it cannot be verified")]
    Form,
}

impl SendError {
    /// Whether no connection was made, so that no part of the request was sent.
    #[must_use]
    pub fn is_before_sending(self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused | Self::Untrusted(_) | Self::Connect)
    }

    /// Whether a second attempt right away may help.
    #[must_use]
    pub fn is_transient(self) -> bool {
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
