//! The fetcher against HTTP servers on this machine, with valid and invalid answers.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{body::Frame, server::conn::http1, service::service_fn};
use hyper_util::{client::proxy::matcher::Matcher, rt::TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::net::{Https, Limits};

type Body = BoxBody<Bytes, Infallible>;

/// Answers the request of each number with `answer(number)`, until the test ends.
async fn serve(
    answer: impl Fn(usize) -> Response<Body> + Send + Sync + 'static,
) -> (ServiceUrl, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        ServiceUrl::parse(&format!("http://{}/jwks?v=1", listener.local_addr().unwrap())).unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let (answer, count) = (Arc::new(answer), requests.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (answer, count) = (answer.clone(), count.clone());
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                assert_eq!(request.uri().to_string(), "/jwks?v=1");
                let response = answer(count.fetch_add(1, Ordering::SeqCst));
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, requests)
}

fn json_answer(body: impl Into<Bytes>) -> Response<Body> {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json; charset=UTF-8")
        .body(Full::new(body.into()).boxed())
        .unwrap()
}

fn status(status: u16) -> Response<Body> {
    let mut response = json_answer("{}");
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn limits() -> Limits {
    Limits::default()
}

#[tokio::test]
async fn returns_the_body_and_its_lifetime() {
    let (url, requests) = serve(|_| {
        let mut response = json_answer("{\"keys\":[]}");
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, "public, max-age=100".parse().unwrap());
        headers.insert(header::AGE, "30".parse().unwrap());
        response
    })
    .await;
    let fetched = HttpsFetch::new().fetch(&url).await.unwrap();
    assert_eq!(fetched.body, "{\"keys\":[]}");
    assert_eq!(fetched.lifetime, Some(Duration::from_secs(70)));
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn refuses_every_status_but_200_and_follows_no_redirect() {
    for (code, attempts) in [
        (204, 1),
        (301, 1),
        (302, 1),
        (307, 1),
        (304, 1),
        (400, 1),
        (404, 1),
        (429, 1),
        (500, 2),
        (503, 2),
    ] {
        let (url, requests) = serve(move |_| {
            let mut response = status(code);
            response.headers_mut().insert(header::LOCATION, "/elsewhere".parse().unwrap());
            response
        })
        .await;
        assert_eq!(HttpsFetch::new().fetch(&url).await.unwrap_err(), FetchError::Status(code));
        assert_eq!(requests.load(Ordering::SeqCst), attempts, "{code}");
    }
}

#[tokio::test]
async fn tries_once_more_after_a_5xx() {
    let (url, requests) =
        serve(|count| if count == 0 { status(500) } else { json_answer("{}") }).await;
    assert!(HttpsFetch::new().fetch(&url).await.is_ok());
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn accepts_a_key_set_with_any_content_type() {
    let set = jwks(&["a"]);
    for content_type in [
        Some("application/json"),
        Some("Application/JSON;x=y"),
        Some("application/jwk-set+json"),
        Some("application/octet-stream"),
        Some("text/html"),
        Some("text/plain; charset=utf-8"),
        None,
    ] {
        for (body, expected) in
            [(set.clone(), Ok(())), ("<html></html>".to_owned(), Err(UNAVAILABLE))]
        {
            let (url, _) = serve(move |_| {
                let mut response = json_answer(body.clone());
                response.headers_mut().remove(header::CONTENT_TYPE);
                if let Some(content_type) = content_type {
                    let value = content_type.parse().unwrap();
                    response.headers_mut().insert(header::CONTENT_TYPE, value);
                }
                response
            })
            .await;
            let clock = Arc::new(FixedClock::at(1_800_000_000));
            let fetch = Arc::new(HttpsFetch::new());
            let cache = KeyCache::new(CacheSettings::id_tokens(url), fetch, clock);
            assert_eq!(cache.key("a").await.map(|_| ()), expected, "{content_type:?}");
        }
    }
}

#[tokio::test]
async fn accepts_both_media_types_of_key_sets_in_its_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ServiceUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let head = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 2048];
        let length = stream.read(&mut head).await.unwrap();
        String::from_utf8_lossy(&head[..length]).to_ascii_lowercase()
    });
    assert!(HttpsFetch::new().fetch(&url).await.is_err());
    let head = head.await.unwrap();
    assert!(head.contains("accept: application/jwk-set+json, application/json\r\n"), "{head}");
}

#[tokio::test]
async fn reads_at_most_64_kib() {
    for (bytes, expected) in [
        (64 << 10, Ok(())),
        ((64 << 10) + 1, Err(SendError::TooLarge.into())),
        (1 << 20, Err(SendError::TooLarge.into())),
    ] {
        let (url, _) = serve(move |_| json_answer(vec![b' '; bytes])).await;
        assert_eq!(HttpsFetch::new().fetch(&url).await.map(|_| ()), expected, "{bytes}");
    }
}

#[tokio::test]
async fn stops_reading_an_endless_body() {
    let (url, _) = serve(|_| {
        let endless = futures_util::stream::repeat_with(|| {
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b' '; 4096])))
        });
        json_answer("").map(|_| StreamBody::new(endless).boxed())
    })
    .await;
    assert_eq!(HttpsFetch::new().fetch(&url).await.unwrap_err(), SendError::TooLarge.into());
}

#[tokio::test]
async fn gives_up_on_a_server_that_accepts_and_never_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ServiceUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let fetch = HttpsFetch::over(Https::with_limits(Limits {
        total: Duration::from_millis(20),
        ..limits()
    }));
    assert_eq!(fetch.fetch(&url).await.unwrap_err(), SendError::Timeout.into());
}

#[tokio::test]
async fn reports_a_refused_connection_and_an_answer_that_is_not_http() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ServiceUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    assert_eq!(HttpsFetch::new().fetch(&url).await.unwrap_err(), SendError::Refused.into());

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ServiceUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SSH-2.0-x\r\n\r\n").await.unwrap();
    });
    assert_eq!(HttpsFetch::new().fetch(&url).await.unwrap_err(), SendError::Broken.into());
}

#[tokio::test]
async fn uses_tls_for_https_addresses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ServiceUrl::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let server = tokio::spawn(async move {
        let mut first = [0; 2];
        for first in &mut first {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(std::slice::from_mut(first)).await.unwrap();
        }
        first
    });
    let fetch = HttpsFetch::over(Https::of(limits(), None, Matcher::builder().build()));
    assert_eq!(fetch.fetch(&url).await.unwrap_err(), SendError::Connect.into());
    assert_eq!(server.await.unwrap(), [0x16; 2], "a TLS handshake, not a plain-text request");
}

#[tokio::test]
async fn uses_the_proxy_for_https_and_not_for_http_on_loopback() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let matcher = || {
        Matcher::builder().all(format!("http://user:pw@{}", proxy.local_addr().unwrap())).build()
    };

    let (url, requests) = serve(|_| json_answer("{}")).await;
    assert!(HttpsFetch::over(Https::of(limits(), None, matcher())).fetch(&url).await.is_ok());
    assert_eq!(requests.load(Ordering::SeqCst), 1);

    let fetch = HttpsFetch::over(Https::of(limits(), None, matcher()));
    let url = ServiceUrl::parse("https://keys.example.com/jwks").unwrap();
    let asked = async {
        let mut head = vec![0; 512];
        let (mut stream, _) = proxy.accept().await.unwrap();
        let length = stream.read(&mut head).await.unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    };
    let (_, asked) =
        tokio::join!(tokio::time::timeout(Duration::from_millis(200), fetch.fetch(&url)), asked);
    assert!(asked.starts_with("CONNECT keys.example.com:443 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("Basic dXNlcjpwdw=="), "{asked}");
}
