//! A key endpoint whose certificate is signed by a private authority, and the variables that name the authority's file.

use std::{env, fs, process};

use crate::support::{
    PROJECT,
    key_server::KeyServer,
    process::{Process, misbehaving},
};

/// The log line about the first key fetch of a function with these variables.
async fn first_fetch(url: &str, variables: &[(&str, &str)]) -> String {
    let common =
        [("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", url), ("PORT", "0")];
    let process = Process::start(misbehaving(), &[&common, variables].concat());
    process.line_with("key fetch").await
}

#[tokio::test]
async fn the_certificate_is_trusted_if_either_variable_names_its_authority() {
    let (keys, authority) = KeyServer::start_private().await;
    let path = env::temp_dir().join(format!("private-authority-{}.pem", process::id()));
    fs::write(&path, authority).unwrap();
    let file = path.to_str().unwrap();

    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let line = first_fetch(&keys.url, &[(variable, file)]).await;
        assert!(line.contains(r#""outcome":"ok""#), "{variable}: {line}");
    }
    for variables in [&[][..], &[("AWS_CA_BUNDLE", ""), ("SSL_CERT_FILE", "")]] {
        let line = first_fetch(&keys.url, variables).await;
        assert!(line.contains("certificate not trusted: its issuer is unknown"), "{line}");
    }
    fs::remove_file(path).unwrap();

    let line = first_fetch(&KeyServer::nowhere().await, &[]).await;
    assert!(line.contains("connection refused"), "{line}");
}

#[tokio::test]
async fn a_file_of_authorities_that_cannot_be_read_fails_the_start() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let variables = [("FIREBASE_PROJECT_ID", PROJECT), (variable, "/no/such/file.pem")];
        let mut process = Process::start(misbehaving(), &variables);
        let line = process.line_with("cannot be used").await;
        assert!(line.contains(&format!("{variable} cannot be used: ")), "{line}");
        assert_eq!(process.end().await.code(), Some(1));
    }
}
