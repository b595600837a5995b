//! What stands in front of the plain HTTP host, and how that differs: a container host, or Lambda Web Functions.
//!
//! Source: Lambda developer guide, "HTTP requests and responses", "Request timeout" and "Execution environment lifecycle"
//! of Web Functions, read in November 2026.

use std::{net::IpAddr, time::Duration};

use http::{HeaderMap, HeaderName};

use super::super::forwarded_for::last_forwarded_for;

/// Web Functions write this header, and remove what a client sends under the prefix `lambda-web-`.
const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-web-request-id");

/// What stands in front of the plain HTTP host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Platform {
    /// Clients, or a proxy of which nothing is known.
    #[default]
    Container,
    /// Lambda Web Functions, where `AWS_LAMBDA_HTTP_ENDPOINT` is set.
    WebFunction,
}

impl Platform {
    /// The default of `REQUEST_TIMEOUT_SECONDS`: 300 seconds as on Cloud Run, 30 as on Web Functions. There, Lambda
    /// answers for a call that takes longer with a 504 that a browser cannot read.
    pub(super) fn request_timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::Container => 300,
            Self::WebFunction => 30,
        })
    }

    /// How long running calls may continue after the signal to stop. Then they are ended with UNAVAILABLE. Lambda has let
    /// calls finish before it sends the signal.
    pub(super) fn grace(self) -> Duration {
        Duration::from_millis(match self {
            Self::Container => 8000,
            Self::WebFunction => 300,
        })
    }

    /// How long it may take to send those answers. Container hosts kill the process ten seconds after the signal, Lambda
    /// after one; half a second of that may be spent in the end of the process's threads.
    pub(super) fn last_answers(self) -> Duration {
        Duration::from_millis(match self {
            Self::Container => 1000,
            Self::WebFunction => 200,
        })
    }

    /// The platform's id of the request, for the log.
    pub(super) fn request_id(self, headers: &HeaderMap) -> Option<String> {
        match self {
            Self::Container => None, // any client can send the header there
            Self::WebFunction => Some(headers.get(REQUEST_ID)?.to_str().ok()?.to_owned()),
        }
    }

    /// The address of the client. `other_end` is that of the connection, which on Web Functions is Lambda's own.
    pub(super) fn client_ip(
        self,
        headers: &HeaderMap,
        other_end: Option<IpAddr>,
    ) -> Option<IpAddr> {
        match self {
            Self::Container => other_end,
            Self::WebFunction => last_forwarded_for(headers),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn id_and_address_are_lambdas_on_a_web_function_and_no_clients_words_elsewhere() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("id-1"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.1"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.2, 203.0.113.7"));
        let (client, other_end) = ("203.0.113.7".parse().ok(), "192.0.2.1".parse().ok());
        let seen = |platform: Platform| {
            (platform.request_id(&headers), platform.client_ip(&headers, other_end))
        };
        assert_eq!(seen(Platform::WebFunction), (Some("id-1".to_owned()), client));
        assert_eq!(seen(Platform::Container), (None, other_end));
        let none = HeaderMap::new();
        assert_eq!(Platform::WebFunction.request_id(&none), None);
        assert_eq!(Platform::WebFunction.client_ip(&none, other_end), None);
    }

    #[test]
    fn a_web_function_has_answered_before_lambda_ends_it() {
        // What start.rs waits for the threads of the process.
        let threads = Duration::from_millis(500);
        let all = |platform: Platform| platform.grace() + platform.last_answers() + threads;
        assert!(all(Platform::WebFunction) <= Duration::from_secs(1));
        assert!(all(Platform::Container) < Duration::from_secs(10));
    }
}
