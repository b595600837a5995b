//! Requests as a browser or an app sends them, each with an end.

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, Method, Request};

use crate::failure::{Failure, Outcome};
use crate::internet;

/// How much of an answer is read.
const MOST: u64 = 256 << 10;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// Its first 256 KB, as text.
    pub(super) body: String,
    /// From sending to the first bytes of the body.
    pub(super) to_first: Duration,
    /// From the first bytes of the body to the last.
    pub(super) to_last: Duration,
}

/// Where requests go, and from which page they come.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    origin: String,
}

impl Client {
    /// `base` is what an app gives to `getFunctions(app, base)`. No request takes longer than `patience`.
    pub(super) fn new(base: &str, origin: &str, patience: Duration) -> Outcome<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let is_loopback =
            ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| {
                base.strip_prefix(start)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
            });
        if !base.starts_with("https://") && !is_loopback {
            return Err(Failure::new(format!(
                "{base} is not the address of an API: write https://…, as the output FunctionsUrl of the deployment has it"
            )));
        }
        let agent = internet::agent("deploy-check", patience)?;
        Ok(Self { agent, base, origin: origin.to_owned() })
    }

    /// A call of a function.
    pub(super) fn call(
        &self,
        name: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let json = [("content-type", "application/json")];
        let own_type = headers.iter().any(|(header, _)| *header == "content-type");
        let all: Vec<_> =
            if own_type { headers.to_vec() } else { json.iter().chain(headers).copied().collect() };
        self.send(Method::POST, name, body, &all)
    }

    /// What a browser asks before it sends a call of `name` with these headers.
    pub(super) fn preflight(&self, name: &str, headers: &str) -> Result<Answer, String> {
        let asked = [
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", headers),
        ];
        self.send(Method::OPTIONS, name, "", &asked)
    }

    /// Any request, with its whole answer.
    pub(super) fn send(
        &self,
        method: Method,
        name: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        match self.begin(method, name, body, headers)? {
            (_, Some(broken)) => Err(broken),
            (answer, None) => Ok(answer),
        }
    }

    /// A call whose answer may take longer than anybody waits: what came until then, and no reason to be refused.
    pub(super) fn stream(
        &self,
        name: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let all: Vec<_> =
            [("content-type", "application/json")].iter().chain(headers).copied().collect();
        match self.begin(Method::POST, name, body, &all)? {
            (answer, Some(broken)) if answer.body.is_empty() => Err(broken),
            (answer, _) => Ok(answer),
        }
    }

    /// The answer as far as it came, and why it did not come to its end.
    fn begin(
        &self,
        method: Method,
        name: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Answer, Option<String>), String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/{name}", self.base))
            .header("origin", &self.origin);
        for (header, value) in headers {
            request = request.header(*header, *value);
        }
        let request = request.body(body.to_owned()).map_err(|error| error.to_string())?;
        let sent = Instant::now();
        let answer = self.agent.run(request).map_err(|error| error.to_string())?;
        let (parts, body) = answer.into_parts();
        let mut reader = body.into_reader().take(MOST);
        let (mut bytes, mut part) = (Vec::new(), [0; 16 << 10]);
        let (mut first, mut last) = (None, None);
        let broken = loop {
            let read = match reader.read(&mut part) {
                Ok(0) => break None,
                Ok(read) => read,
                Err(error) => break Some(format!("the answer broke off: {error}")),
            };
            first.get_or_insert_with(Instant::now);
            last = Some(Instant::now());
            bytes.extend(part.get(..read).unwrap_or_default());
        };
        let first = first.unwrap_or_else(Instant::now);
        let to_last = last.map_or(Duration::ZERO, |last| last.duration_since(first));
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            to_first: first - sent,
            to_last,
        };
        Ok((answer, broken))
    }
}
