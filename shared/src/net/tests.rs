//! Connections that are kept, TLS with certificates of a private authority, and the errors of connections that cannot be made.

mod kept;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{client::proxy::matcher::Matcher, rt::TokioIo};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::testing::nowhere;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    authority_called("ours")
}

fn authority_called(name: &str) -> Issuer {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap()
}

/// Starts a server that answers `ok` and has a certificate by `issuer` for `name`. Returns its address.
async fn serve(issuer: &Issuer, name: &str, last_year: i32) -> http::Uri {
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new([name.to_owned()]).unwrap();
    leaf.not_after = date_time_ymd(last_year, 1, 1);
    let leaf = leaf.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|_: Request<Incoming>| async {
                    Ok::<_, std::convert::Infallible>(http::Response::new(Full::new(Bytes::from(
                        "ok",
                    ))))
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    uri
}

fn authorities(pem: &str) -> Authorities {
    let mut authorities = Authorities::default();
    authorities.add_pem(pem.as_bytes()).unwrap();
    authorities
}

fn trusting(authorities: &Authorities) -> Https {
    Https::of(Limits::default(), Some(authorities), Matcher::builder().build())
}

/// A name that no system resolves: a label has 63 letters at most, so no server is asked.
fn unresolvable_name() -> String {
    format!("{}.invalid", "a".repeat(64))
}

async fn ask(client: &Https, uri: &http::Uri) -> Result<Bytes, SendError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri.clone();
    client.send(request).await.map(http::Response::into_body)
}

#[tokio::test]
async fn trusts_only_the_private_authorities_that_were_added() {
    let ours = authority();
    let theirs = authority_called("theirs");
    let uri = serve(&ours, "127.0.0.1", 4000).await;
    let odd = crate::testing::pem("CERTIFICATE", b"not a certificate");
    for bundle in [
        ours.pem(),
        format!("# ours\n{}", ours.pem()),
        theirs.pem() + &ours.pem(),
        ours.pem() + &theirs.pem(),
        odd + &ours.pem(),
    ] {
        let client = trusting(&authorities(&bundle));
        assert_eq!(ask(&client, &uri).await.as_deref(), Ok(&b"ok"[..]), "{bundle}");
    }
    let namesake = trusting(&authorities(&authority().pem()));
    assert_eq!(ask(&namesake, &uri).await, Err(SendError::Untrusted(Distrust::Form)));
    let unknown = Err(SendError::Untrusted(Distrust::Issuer));
    assert_eq!(ask(&trusting(&authorities(&theirs.pem())), &uri).await, unknown);
    assert_eq!(ask(&trusting(&Authorities::default()), &uri).await, unknown);
}

#[tokio::test]
async fn another_crates_client_with_our_tls_configuration_trusts_the_same_authorities() {
    let (ours, theirs) = (authority(), authority_called("theirs"));
    let uri = serve(&ours, "127.0.0.1", 4000).await.to_string();
    let client = |trusted: &Issuer| {
        let roots = super::roots::with(Some(&authorities(&trusted.pem())));
        let tls = super::tls::config_with(roots);
        reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
    };
    let answer = client(&ours).get(&uri).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
    assert!(client(&theirs).get(&uri).send().await.unwrap_err().is_connect());
}

#[test]
fn still_trusts_the_public_authorities_if_private_ones_are_added() {
    let public = super::roots::with(None).len();
    assert!(public > 100);
    let added = authorities(&(authority().pem() + &authority().pem()));
    assert_eq!(super::roots::with(Some(&added)).len(), public + 2);
}

#[tokio::test]
async fn reports_why_no_connection_was_made() {
    let issuer = authority();
    let client = trusting(&authorities(&issuer.pem()));
    let nowhere = nowhere().await.to_string().replace("http:", "https:");
    let expired = serve(&issuer, "127.0.0.1", 2001).await.to_string();
    let foreign = serve(&issuer, "keys.example.com", 4000).await.to_string();
    let unknown = serve(&authority_called("theirs"), "127.0.0.1", 4000).await.to_string();
    let unresolvable = format!("http://{}/", unresolvable_name());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs_up = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });

    let mut sentences = Vec::new();
    for (uri, expected) in [
        (unresolvable, SendError::Unresolved),
        (nowhere.clone(), SendError::Refused),
        (nowhere.replace("https:", "http:"), SendError::Refused),
        (unknown, SendError::Untrusted(Distrust::Issuer)),
        (foreign, SendError::Untrusted(Distrust::Name)),
        (expired, SendError::Untrusted(Distrust::Time)),
        (hangs_up, SendError::Connect),
    ] {
        let uri = uri.parse().unwrap();
        assert_eq!(ask(&client, &uri).await, Err(expected), "{uri}");
        assert!(expected.is_before_sending());
        sentences.push(expected.to_string());
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 6, "{sentences:?}");
}

#[tokio::test]
async fn reports_an_unreachable_proxy_like_an_unreachable_host() {
    let nowhere = nowhere().await;
    for (proxy, expected) in [
        (nowhere.to_string(), SendError::Refused),
        (format!("http://{}:3128", unresolvable_name()), SendError::Unresolved),
    ] {
        let client = Https::of(Limits::default(), None, Matcher::builder().all(proxy).build());
        let uri = "https://keys.example.com/".parse().unwrap();
        assert_eq!(ask(&client, &uri).await, Err(expected));
    }
}

#[test]
fn debug_output_of_a_client_hides_the_password_of_a_proxy() {
    let proxies = Matcher::builder().all("http://ada:not-to-be-seen@127.0.0.1:3128").build();
    let shown = format!("{:?}", Https::of(Limits::default(), None, proxies));
    assert!(
        shown.contains("limits") && !shown.contains("ada") && !shown.contains("not-to"),
        "{shown}"
    );
}

#[test]
fn marks_errors_that_may_pass_and_errors_before_sending() {
    for (error, passes, before) in [
        (SendError::Unresolved, true, true),
        (SendError::Refused, true, true),
        (SendError::Connect, true, true),
        (SendError::Untrusted(Distrust::Issuer), false, true),
        (SendError::Broken, true, false),
        (SendError::Timeout, false, false),
        (SendError::TooLarge, false, false),
    ] {
        assert_eq!((error.is_transient(), error.is_before_sending()), (passes, before), "{error}");
    }
}
