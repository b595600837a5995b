//! The checks, in the order of their lines.

use std::time::Duration;

use ureq::http::Method;

use super::client::{Answer, Client};
use super::form::{self, Wrong, wrong};
use super::tokens;

/// What a check found.
#[derive(Debug)]
pub(super) enum Verdict {
    Ok(String),
    Wrong(Wrong),
    /// It could not be told, or was not asked for.
    Skipped(String),
}

impl From<Result<String, Wrong>> for Verdict {
    fn from(result: Result<String, Wrong>) -> Self {
        result.map_or_else(Self::Wrong, Self::Ok)
    }
}

/// What is checked.
pub(super) struct Subject {
    pub(super) client: Client,
    pub(super) origin: String,
    /// A callable that is there.
    pub(super) function: String,
    /// A callable that sends chunks.
    pub(super) stream: Option<String>,
    /// The project of forged tokens.
    pub(super) project: String,
    /// An ID token that is good.
    pub(super) id_token: Option<String>,
    pub(super) app_check_token: Option<String>,
    /// The `data` of calls.
    pub(super) data: String,
}

/// The headers of a signed-in call, with App Check, a messaging token and tracing, as the Web SDK sends them.
const HEADERS: &str = "authorization,content-type,firebase-instance-id-token,x-firebase-appcheck";
/// A name that no function has.
const UNKNOWN: &str = "noSuchFunctionAtAll";
/// What the token check says of any bad token.
const UNAUTHENTICATED: &str = "Unauthenticated";
/// An answer that took longer than this, and then came in one piece, was held back.
const TELLING: Duration = Duration::from_millis(300);

impl Subject {
    fn headers<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let app_check = self.app_check_token.as_deref().map(|token| ("x-firebase-appcheck", token));
        app_check.into_iter().chain(more.iter().copied()).collect()
    }

    fn call(&self, more: &[(&str, &str)]) -> Result<Answer, Wrong> {
        self.client.call(&self.function, &self.body(), &self.headers(more)).map_err(unreachable)
    }

    fn body(&self) -> String {
        format!("{{\"data\":{}}}", self.data)
    }

    /// Every check: its name and its verdict.
    pub(super) fn run(&self, mut report: impl FnMut(&str, Verdict)) {
        let first = self.client.preflight(&self.function, HEADERS);
        if let Err(error) = &first {
            return report("reachable", Verdict::Wrong(unreachable(error.clone())));
        }
        let preflight = first
            .map_err(unreachable)
            .and_then(|answer| form::preflight(&answer, &self.origin, HEADERS));
        report("preflight", preflight.into());
        report("signed out", self.signed_out().into());
        for (flaw, token) in tokens::forged(&self.project) {
            report(&format!("a token with {flaw}"), self.forged(&token).into());
        }
        report("signed in", self.signed_in());
        report("unknown name", self.unknown().into());
        report("preflight of an unknown name", self.unknown_preflight().into());
        report("wrong media type", self.refused(&[("content-type", "text/plain")], None).into());
        report("malformed JSON", self.refused(&[], Some("{\"data\":")).into());
        report("wrong method", self.get().into());
        report("stream", self.stream());
        report("request of 5 MB", self.large(5 << 20).into());
        report("request of 11 MB", self.large(11 << 20).into());
    }

    fn signed_out(&self) -> Result<String, Wrong> {
        let answer = self.call(&[])?;
        Ok(match form::envelope(&answer, &self.origin)? {
            None => "a result: the function is public".to_owned(),
            Some((code, _)) => format!("{} {code}", answer.status),
        })
    }

    fn forged(&self, token: &str) -> Result<String, Wrong> {
        const ACCEPTED: &str = "FORGED TOKENS ARE ACCEPTED: take the function off the network, and deploy a release build of it without the feature emulator";
        const SWALLOWED: &str = "let the front pass on the header Authorization: calls of signed-in users arrive signed out";
        let answer = self.call(&[("authorization", &format!("Bearer {token}"))])?;
        match form::envelope(&answer, &self.origin)? {
            Some((code, message))
                if code == "UNAUTHENTICATED"
                    && message == UNAUTHENTICATED
                    && answer.status == 401 =>
            {
                Ok("401 UNAUTHENTICATED".to_owned())
            }
            found => {
                // A public function answers everybody; whom it took the caller for can be seen in what it says.
                if self.call(&[])?.body == answer.body {
                    return Err(wrong("the same answer as without a token", SWALLOWED));
                }
                Err(match found {
                    None => wrong("a result", ACCEPTED),
                    Some((code, _)) if code == "UNAUTHENTICATED" => {
                        wrong("a caller who is signed out", SWALLOWED)
                    }
                    Some((code, _)) => wrong(
                        format!("{} {code}, which is an answer of the handler", answer.status),
                        ACCEPTED,
                    ),
                })
            }
        }
    }

    fn signed_in(&self) -> Verdict {
        let Some(token) = &self.id_token else {
            return Verdict::Skipped(
                "needs --id-token-file, or --email with --password-file and --api-key".to_owned(),
            );
        };
        let called = || {
            let answer = self.call(&[("authorization", &format!("Bearer {token}"))])?;
            match form::envelope(&answer, &self.origin)? {
                Some((code, message)) if code == "UNAUTHENTICATED" => Err(wrong(
                    format!("{} UNAUTHENTICATED: {message}", answer.status),
                    "set FIREBASE_PROJECT_ID to the project of the app, and let the front pass on the header Authorization",
                )),
                Some((code, _)) if code == "UNAVAILABLE" => Err(wrong(
                    "UNAVAILABLE",
                    "let the function reach Google's keys: a NAT gateway in a VPC, or FIREBASE_ID_TOKEN_KEYS_URL for a mirror",
                )),
                Some((code, _)) => {
                    Ok(format!("{} {code}, an answer to a caller who is signed in", answer.status))
                }
                None => Ok("a result".to_owned()),
            }
        };
        called().into()
    }

    fn unknown(&self) -> Result<String, Wrong> {
        let answer = self.client.call(UNKNOWN, &self.body(), &[]).map_err(unreachable)?;
        form::error(
            &answer,
            &self.origin,
            404,
            "NOT_FOUND",
            "give the front's answer for unknown routes status 404 and a callable error NOT_FOUND",
        )
    }

    fn unknown_preflight(&self) -> Result<String, Wrong> {
        let answer = self.client.preflight(UNKNOWN, HEADERS).map_err(unreachable)?;
        if !(200..300).contains(&answer.status) {
            return Err(wrong(
                format!("the preflight is answered {}", answer.status),
                "route OPTIONS of every path to some callable: without it, an app sees internal in place of not-found",
            ));
        }
        form::preflight(&answer, &self.origin, HEADERS)
    }

    fn refused(&self, headers: &[(&str, &str)], body: Option<&str>) -> Result<String, Wrong> {
        let own = self.body();
        let answer = self
            .client
            .call(&self.function, body.unwrap_or(&own), &self.headers(headers))
            .map_err(unreachable)?;
        form::error(
            &answer,
            &self.origin,
            400,
            "INVALID_ARGUMENT",
            "let every request reach the function, which answers it",
        )
    }

    fn get(&self) -> Result<String, Wrong> {
        let answer = self.client.send(Method::GET, &self.function, "", &[]).map_err(unreachable)?;
        form::error(
            &answer,
            &self.origin,
            400,
            "INVALID_ARGUMENT",
            "route every method to the function",
        )
    }

    fn large(&self, size: usize) -> Result<String, Wrong> {
        let body = format!("{{\"data\":\"{}\"}}", "x".repeat(size));
        let answer =
            self.client.call(&self.function, &body, &self.headers(&[])).map_err(unreachable)?;
        let found = form::envelope(&answer, &self.origin)?;
        Ok(found
            .map_or_else(|| "a result".to_owned(), |(code, _)| format!("{} {code}", answer.status)))
    }

    fn stream(&self) -> Verdict {
        const BUFFERS: &str = "let the front pass on each piece as it comes: response streaming for the function's route with CALLABLE_RESPONSE_MODE=stream, no buffering or compression in a proxy; if the function itself sends everything at its end, name another with --stream-function";
        let name = self.stream.as_ref().unwrap_or(&self.function);
        let token = self.id_token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = self.headers(&[("accept", "text/event-stream")]);
        headers.extend(token.as_ref().map(|token| ("authorization", token.as_str())));
        let answer = match self.client.stream(name, &self.body(), &headers) {
            Ok(answer) => answer,
            Err(error) => return Verdict::Wrong(unreachable(error)),
        };
        let kind = answer
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if !kind.starts_with("text/event-stream") {
            return Verdict::Wrong(wrong(
                format!("{} with content type {kind:?}", answer.status),
                "let the header Accept and the content type text/event-stream through",
            ));
        }
        if let Err(problem) = form::cors(&answer, &self.origin) {
            return Verdict::Wrong(problem);
        }
        let events = answer
            .body
            .split("\n\n")
            .filter(|event| event.trim_start().starts_with("data:"))
            .count();
        if events < 2 {
            return Verdict::Skipped("one event only, so that it cannot be told whether pieces arrive one by one: name a function that streams with --stream-function, and sign in".to_owned());
        }
        if answer.headers.contains_key("content-length") {
            return Verdict::Wrong(wrong(
                format!("{events} events with a Content-Length: they were held back to the end"),
                BUFFERS,
            ));
        }
        if answer.to_last > answer.to_first / 10 && answer.to_last > Duration::from_millis(20) {
            return Verdict::Ok(format!("{events} events, one after the other"));
        }
        if answer.to_first > TELLING {
            return Verdict::Wrong(wrong(
                format!("{events} events in one piece after {} ms", answer.to_first.as_millis()),
                BUFFERS,
            ));
        }
        Verdict::Skipped(format!(
            "{events} events in {} ms, too quick to tell whether they are held back: name a slower function with --stream-function",
            answer.to_first.as_millis()
        ))
    }
}

fn unreachable(error: String) -> Wrong {
    wrong(
        error,
        "check the address, its DNS record and its certificate; --timeout gives a slow one more than a minute",
    )
}
