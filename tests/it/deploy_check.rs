//! `cargo callable deploy-check` against the conformance functions, and against fronts before them that are wrong on
//! purpose: each is found out, with the words of its cure, and nothing else is called wrong.

use std::{collections::BTreeMap, convert::Infallible};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{body::Frame, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};

use crate::support::{
    PROJECT,
    key_server::KeyServer,
    process::{Process, example, tool},
    token,
};

/// What a front does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    Right,
    NoCors,
    CorsTwice,
    CorsTwiceInOneLine,
    Buffers,
    BuffersWithoutLength,
    Authorizer,
    NoPreflights,
    StarForHeaders,
    PageForUnknownNames,
    MessageOfTheGateway,
    TakesTokensAway,
    AcceptsForgedTokens,
    AnotherTypeForStreams,
    PageForLargeRequests,
    OnlyPost,
    /// Not wrong: its streams last longer than anybody waits.
    EndlessStreams,
    /// Takes requests and never answers.
    Silent,
}

type Body = BoxBody<Bytes, reqwest::Error>;

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never: Infallible| match never {}).boxed()
}

fn answer(status: u16, kind: &'static str, text: &'static str) -> Response<Body> {
    Response::builder().status(status).header("content-type", kind).body(full(text)).unwrap()
}

impl Front {
    /// Its own answer, if the request does not get to the functions.
    fn own(self, request: &Request<Incoming>) -> Option<Response<Body>> {
        let (method, path) = (request.method(), request.uri().path());
        let preflight = method == Method::OPTIONS;
        let unknown = path.contains("noSuchFunction");
        let length = request
            .headers()
            .get("content-length")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        match self {
            Self::Authorizer if preflight => {
                Some(answer(401, "application/json", r#"{"message":"Unauthorized"}"#))
            }
            Self::NoPreflights if preflight => Some(answer(404, "text/html", "<h1>404</h1>")),
            Self::PageForUnknownNames if unknown && !preflight => {
                Some(answer(404, "text/html", "<!doctype html><h1>404</h1>"))
            }
            Self::MessageOfTheGateway if unknown => Some(answer(
                403,
                "application/json",
                r#"{"message":"Missing Authentication Token"}"#,
            )),
            Self::AcceptsForgedTokens if request.headers().contains_key("authorization") => {
                let mut accepted = answer(200, "application/json", r#"{"result":"welcome"}"#);
                accepted
                    .headers_mut()
                    .insert("access-control-allow-origin", HeaderValue::from_static("*"));
                Some(accepted)
            }
            Self::PageForLargeRequests if length > Some(10_000_000) => {
                Some(answer(413, "text/html", "<h1>413</h1>"))
            }
            Self::OnlyPost if method == Method::GET => {
                Some(answer(405, "text/plain", "Method Not Allowed"))
            }
            _ => None,
        }
    }

    async fn serve(self, upstream: &str, request: Request<Incoming>) -> Response<Body> {
        let unknown = request.uri().path().contains("noSuchFunction");
        if self == Self::Silent {
            std::future::pending::<()>().await;
        }
        if let Some(own) = self.own(&request) {
            // As a real front does, it reads the request to its end.
            let _ = request.into_body().collect().await;
            return own;
        }
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let mut headers = parts.headers;
        headers.remove(header::HOST);
        if self == Self::TakesTokensAway {
            headers.remove(header::AUTHORIZATION);
        }
        // Names that do not exist are the front's to answer; their preflights, any function's.
        if unknown && parts.method != Method::OPTIONS {
            let mut missing = answer(
                404,
                "application/json",
                r#"{"error":{"message":"Not Found","status":"NOT_FOUND"}}"#,
            );
            let count = [Self::CorsTwice, Self::NoCors]
                .iter()
                .position(|front| *front == self)
                .map_or(1, |at| [2, 0][at]);
            for _ in 0..count {
                missing
                    .headers_mut()
                    .append("access-control-allow-origin", HeaderValue::from_static("*"));
            }
            if self == Self::CorsTwiceInOneLine {
                missing
                    .headers_mut()
                    .insert("access-control-allow-origin", HeaderValue::from_static("*, *"));
            }
            return missing;
        }
        let path = if unknown { "/who" } else { parts.uri.path() };
        let url = format!("{upstream}{path}");
        let sent = reqwest::Client::builder()
            .tls_backend_preconfigured(shared::net::tls_config())
            .build()
            .unwrap()
            .request(parts.method, url)
            .headers(headers)
            .body(body);
        let back = sent.send().await.unwrap();
        let (status, mut headers) = (back.status(), back.headers().clone());
        let streams = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        match self {
            Self::NoCors => {
                headers.remove("access-control-allow-origin");
            }
            Self::CorsTwice => {
                headers.append("access-control-allow-origin", HeaderValue::from_static("*"));
            }
            Self::CorsTwiceInOneLine => {
                headers.insert(
                    "access-control-allow-origin",
                    HeaderValue::from_static("https://app.example.com, *"),
                );
            }
            Self::StarForHeaders if headers.contains_key("access-control-allow-headers") => {
                headers.insert("access-control-allow-headers", HeaderValue::from_static("*"));
            }
            Self::AnotherTypeForStreams if streams => {
                headers.insert("content-type", HeaderValue::from_static("text/plain"));
            }
            _ => {}
        }
        let body = match self {
            Self::Buffers => full(back.bytes().await.unwrap()),
            Self::BuffersWithoutLength => {
                let whole = back.bytes().await.unwrap();
                let frames = futures_util::stream::iter([Ok(Frame::data(whole))]);
                BodyStream::boxed(StreamBody::new(frames))
            }
            Self::EndlessStreams if streams => {
                let open = futures_util::stream::pending();
                let frames = futures_util::StreamExt::chain(back.bytes_stream(), open);
                BodyStream::boxed(StreamBody::new(frames.map_ok(Frame::data)))
            }
            _ => BodyStream::boxed(StreamBody::new(back.bytes_stream().map_ok(Frame::data))),
        };
        // The length is that of the answer as it is sent on.
        headers.remove(header::TRANSFER_ENCODING);
        if streams || status == StatusCode::NO_CONTENT {
            headers.remove(header::CONTENT_LENGTH);
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// The front's address. It serves to the end of the test.
    async fn start(self, upstream: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let upstream = upstream.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| async {
                        Ok::<_, Infallible>(self.serve(&upstream, request).await)
                    });
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        url
    }
}

/// A body that is sent on as it comes.
struct BodyStream;

impl BodyStream {
    fn boxed<B>(body: B) -> Body
    where
        B: hyper::body::Body<Data = Bytes, Error = reqwest::Error> + Send + Sync + 'static,
    {
        BoxBody::new(body)
    }
}

/// The verdict of each check, and for those that are wrong what to mend.
async fn checked(url: &str, more: &[&str]) -> (bool, BTreeMap<String, (String, String)>) {
    let words = [
        "deploy-check",
        url,
        "--function",
        "who",
        "--stream-function",
        "genStream",
        "--project",
        PROJECT,
        "--json",
    ];
    // Outside of the repository: its own functions are not those that are asked.
    let run = Command::new(tool())
        .args(words)
        .args(more)
        .current_dir(std::env::temp_dir())
        .output()
        .await
        .unwrap();
    let lines: Value = serde_json::from_slice(&run.stdout).unwrap_or_else(|_| {
        panic!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
    });
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let entry = |line: &Value| {
        (
            text(line, "check"),
            (text(line, "verdict"), format!("{}; {}", text(line, "found"), text(line, "mend"))),
        )
    };
    (run.status.success(), lines.as_array().unwrap().iter().map(entry).collect())
}

/// The conformance functions of a project, and their address.
async fn conformance(project: &str, keys: &KeyServer) -> (Process, String) {
    let variables =
        [("FIREBASE_PROJECT_ID", project), ("FIREBASE_ID_TOKEN_KEYS_URL", keys.url.as_str())];
    let process = Process::start(example("conformance"), &variables);
    let line = process.line_with("listening on ").await;
    (process, line.replace("listening on ", "http://"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_front_that_is_wrong_is_found_out_with_its_cure_and_nothing_else_is() {
    let keys = KeyServer::start().await;
    let (_server, upstream) = conformance(PROJECT, &keys).await;
    let forged = [
        "a token with a signature that is not Google's",
        "a token with no signature, algorithm none",
        "a token with a symmetric signature",
        "a token with an end in the past",
        "a token with no token's form",
    ];
    let all_but = |left_out: &[&str]| {
        let mut all = vec![
            "preflight",
            "signed out",
            "unknown name",
            "preflight of an unknown name",
            "wrong media type",
            "malformed JSON",
            "wrong method",
            "stream",
            "request of 5 MB",
            "request of 11 MB",
        ];
        all.extend(forged);
        all.retain(|name| !left_out.contains(name));
        all
    };
    for (front, wrong, cure) in [
        (Front::Right, vec![], ""),
        (Front::NoCors, all_but(&[]), "Access-Control-Allow-Origin"),
        (Front::CorsTwice, all_but(&[]), "switch CORS off in the front"),
        (Front::CorsTwiceInOneLine, all_but(&[]), "switch CORS off in the front"),
        (
            Front::Buffers,
            vec!["stream"],
            "held back to the end; let the front pass on each piece as it comes",
        ),
        (Front::BuffersWithoutLength, vec!["stream"], "in one piece after"),
        (Front::Authorizer, vec!["preflight", "preflight of an unknown name"], "callable"),
        (Front::NoPreflights, vec!["preflight", "preflight of an unknown name"], "OPTIONS"),
        (
            Front::StarForHeaders,
            vec!["preflight", "preflight of an unknown name"],
            "excludes Authorization",
        ),
        (
            Front::PageForUnknownNames,
            vec!["unknown name"],
            "404 with text/html, which is not an answer of a callable function: <!doctype html>",
        ),
        (Front::MessageOfTheGateway, vec!["unknown name", "preflight of an unknown name"], ""),
        (Front::TakesTokensAway, forged.to_vec(), "let the front pass on the header Authorization"),
        (Front::AcceptsForgedTokens, forged.to_vec(), "FORGED TOKENS ARE ACCEPTED"),
        (Front::AnotherTypeForStreams, vec!["stream"], "the content type text/event-stream"),
        (Front::PageForLargeRequests, vec!["request of 11 MB"], "413 with text/html"),
        (Front::OnlyPost, vec!["wrong method"], "405 with text/plain"),
    ] {
        let url = front.start(upstream.clone()).await;
        let (success, verdicts) = checked(&url, &[]).await;
        let found: Vec<_> = verdicts
            .iter()
            .filter(|(_, (verdict, _))| verdict == "WRONG")
            .map(|(name, _)| name.as_str())
            .collect();
        let mut wrong = wrong;
        wrong.sort_unstable();
        assert_eq!(found, wrong, "{front:?}: {verdicts:#?}");
        assert_eq!(success, wrong.is_empty(), "{front:?}");
        for name in wrong {
            assert!(verdicts[name].1.contains(cure), "{front:?}, {name}: {}", verdicts[name].1);
        }
        let skipped = verdicts.values().filter(|(verdict, _)| verdict == "skipped").count();
        assert_eq!(skipped, 1, "only the signed-in call is left out: {verdicts:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_must_be_taken_for_a_signed_in_caller() {
    let (keys, file) = (
        KeyServer::start().await,
        std::env::temp_dir().join(format!("id-token-{}", std::process::id())),
    );
    let (_server, url) = conformance(PROJECT, &keys).await;
    let url = Front::Right.start(url).await;
    std::fs::write(&file, token("ada")).unwrap();
    let with = ["--id-token-file", file.to_str().unwrap()];
    let (success, verdicts) = checked(&url, &with).await;
    assert!(success && verdicts["signed in"].0 == "ok", "{verdicts:#?}");
    // A function of another project refuses it.
    let (_server, url) = conformance("another-app", &keys).await;
    let (success, verdicts) = checked(&Front::Right.start(url).await, &with).await;
    assert!(
        !success
            && verdicts["signed in"]
                .1
                .contains("set FIREBASE_PROJECT_ID to the project of the app"),
        "{verdicts:#?}"
    );
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_an_end_is_a_stream_and_a_front_that_never_answers_is_said_to_be_unreachable()
 {
    let keys = KeyServer::start().await;
    let (_server, upstream) = conformance(PROJECT, &keys).await;
    let url = Front::EndlessStreams.start(upstream.clone()).await;
    let (success, verdicts) = checked(&url, &["--timeout", "3"]).await;
    assert!(success && verdicts["stream"].0 == "ok", "{verdicts:#?}");
    let (success, verdicts) =
        checked(&Front::Silent.start(upstream).await, &["--timeout", "1"]).await;
    assert!(!success && verdicts.len() == 1 && verdicts["reachable"].0 == "WRONG", "{verdicts:#?}");
}

#[tokio::test]
async fn an_address_that_cannot_be_asked_is_one_sentence() {
    for (words, sentence) in [
        (
            &["http://api.example.com", "--function", "who"][..],
            "http://api.example.com is not the address of an API: write https://",
        ),
        (
            &["https://127.0.0.1:1"],
            "There is no project with a callable function in this folder: name a deployed one with --function",
        ),
        (
            &["https://127.0.0.1:1", "--function", "who", "--data", "{text}"],
            "--data {text} is not JSON",
        ),
        (
            &["https://127.0.0.1:1", "--function", "who", "--id-token-file", "/dev/null"],
            "/dev/null must hold one token",
        ),
    ] {
        let run = Command::new(tool())
            .arg("deploy-check")
            .args(words)
            .current_dir(std::env::temp_dir())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(!run.status.success() && said.starts_with(sentence), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let run = Command::new(tool())
        .args(["deploy-check", "http://127.0.0.1:1", "--function", "who"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(!run.status.success() && said.starts_with("WRONG    reachable "), "{said}");
}
