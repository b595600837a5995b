//! Signs a request to S3 with the function's own credentials: AWS Signature Version 4. Every header of the request is
//! signed. Source: Amazon S3 API reference, "Signature Calculations for the Authorization Header".

use std::fmt::Write as _;

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac::{self, HMAC_SHA256},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use crate::Redacted;

/// The credentials of a function's role, and the region of the services that it calls.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) region: String,
    pub(super) key_id: String,
    pub(super) secret: Redacted<String>,
    pub(super) session_token: Option<Redacted<String>>,
}

/// Adds the headers that prove who sends `request`, for a quarter of an hour.
pub(super) fn sign(request: &mut Request<Bytes>, credentials: &Credentials) {
    sign_at(request, credentials, &timestamp());
}

/// `timestamp` is in the form `20130524T000000Z`.
fn sign_at(request: &mut Request<Bytes>, credentials: &Credentials, timestamp: &str) {
    let payload = hex(digest(&SHA256, request.body()).as_ref());
    insert(request, "x-amz-content-sha256", &payload);
    insert(request, "x-amz-date", timestamp);
    if let Some(Redacted(token)) = &credentials.session_token {
        insert(request, "x-amz-security-token", token);
    }
    let (headers, names) = canonical_headers(request);
    let (method, uri) = (request.method(), request.uri());
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{payload}");

    let Credentials { region, key_id, .. } = credentials;
    let date = timestamp.split('T').next().unwrap_or_default();
    let scope = format!("{date}/{region}/s3/aws4_request");
    let canonical = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{canonical}");
    let mut key = format!("AWS4{}", credentials.secret.0).into_bytes();
    for part in [date, region, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex(&mac(&key, &to_sign));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key_id}/{scope},SignedHeaders={names},Signature={signature}"
    );
    insert(request, header::AUTHORIZATION.as_str(), &authorization);
}

/// All headers of the request and its host, each on a line; and their names.
fn canonical_headers(request: &Request<Bytes>) -> (String, String) {
    let host = request.uri().authority().map_or("", |authority| authority.as_str());
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
    let mut headers = vec![("host", host.to_owned())];
    for (name, value) in request.headers() {
        let at = headers.partition_point(|(before, _)| *before < name.as_str());
        headers.insert(at, (name.as_str(), text(value)));
    }
    let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    (lines, names.join(";"))
}

/// A value that cannot stand in a header is left out: S3 then refuses the request.
fn insert(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing into memory cannot fail
        text
    })
}

/// The current time, which the log's clock writes as `2013-05-24T00:00:00.000000Z`.
fn timestamp() -> String {
    let mut now = String::new();
    let _ = SystemTime.format_time(&mut Writer::new(&mut now)); // writing into memory cannot fail
    let seconds = now.split('.').next().unwrap_or_default().trim_end_matches('Z');
    let mut compact: String = seconds.chars().filter(|letter| !"-:".contains(*letter)).collect();
    compact.push('Z');
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMESTAMP: &str = "20130524T000000Z";

    /// The credentials of the examples in the API reference.
    fn example() -> Credentials {
        Credentials {
            region: "us-east-1".to_owned(),
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Redacted("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: None,
        }
    }

    fn signature(request: &Request<Bytes>) -> &str {
        let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap();
        authorization.split("Signature=").nth(1).unwrap()
    }

    #[test]
    fn signs_the_examples_of_the_api_reference_as_it_says() {
        let host = "https://examplebucket.s3.amazonaws.com";
        let get = Request::get(format!("{host}/test.txt")).header("range", "bytes=0-9");
        let put = Request::put(format!("{host}/test%24file.text"))
            .header("date", "Fri, 24 May 2013 00:00:00 GMT")
            .header("x-amz-storage-class", "REDUCED_REDUNDANCY");
        let examples = [
            (
                get.body(Bytes::new()).unwrap(),
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                put.body("Welcome to Amazon S3.".into()).unwrap(),
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ),
        ];
        for (mut request, expected) in examples {
            sign_at(&mut request, &example(), TIMESTAMP);
            assert_eq!(signature(&request), expected, "{}", request.uri());
        }
    }

    #[test]
    fn a_session_s_token_is_sent_and_signed() {
        let sent = |token: Option<&str>| {
            let mut request =
                Request::get("https://b.s3.amazonaws.com/x").body(Bytes::new()).unwrap();
            let session_token = token.map(|token| Redacted(token.to_owned()));
            sign_at(&mut request, &Credentials { session_token, ..example() }, TIMESTAMP);
            request
        };
        let [none, one, other] = [None, Some("token-1"), Some("token-2")].map(sent);
        assert_eq!(one.headers()["x-amz-security-token"], "token-1");
        assert_ne!(signature(&none), signature(&one));
        assert_ne!(signature(&one), signature(&other));
    }

    #[test]
    fn the_time_is_in_the_form_that_aws_reads() {
        let now = timestamp();
        let form: String =
            now.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
        assert_eq!(form, "00000000T000000Z");
    }

    #[test]
    fn debug_shows_neither_the_secret_nor_the_token() {
        let session_token = Some(Redacted("token-1".to_owned()));
        let shown = format!("{:?}", Credentials { session_token, ..example() });
        assert!(!shown.contains("wJalr") && !shown.contains("token-1"), "{shown}");
    }
}
