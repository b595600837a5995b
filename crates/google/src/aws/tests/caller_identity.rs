//! The proof of an AWS role: a signed request, whose signature is also computed without the AWS SDK.

use std::collections::BTreeMap;

use aws_lc_rs::{digest, hmac};

use super::*;

const AUDIENCE: &str =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/a";

/// The subject token, decoded as Google decodes it.
async fn signed_request(token: Option<&str>) -> Value {
    let clock = FixedClock::at(1_440_938_160); // 2015-08-30T12:36:00Z
    let subjects = CallerIdentity::new(aws(token), Arc::new(clock));
    let token = subjects.subject_token(AUDIENCE).await.unwrap();
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'));
    let json = percent_encoding::percent_decode_str(&token).decode_utf8().unwrap();
    serde_json::from_str(&json).unwrap()
}

#[tokio::test]
async fn proves_the_role_by_a_request_that_aws_would_accept() {
    let request = signed_request(Some("session-token")).await;
    assert_eq!(request["method"], "POST");
    assert_eq!(
        request["url"],
        "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
    );
    let headers: BTreeMap<String, String> = request["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| {
            let text = |name: &str| header[name].as_str().unwrap().to_owned();
            (text("key").to_lowercase(), text("value"))
        })
        .collect();
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "authorization",
            "host",
            "x-amz-date",
            "x-amz-security-token",
            "x-goog-cloud-target-resource"
        ]
    );
    assert_eq!(headers["host"], "sts.eu-west-1.amazonaws.com");
    assert_eq!(headers["x-amz-date"], "20150830T123600Z");
    assert_eq!(headers["x-amz-security-token"], "session-token");
    assert_eq!(headers["x-goog-cloud-target-resource"], AUDIENCE);
    assert_eq!(headers["authorization"], signature_version_4(&headers));
}

/// The `Authorization` header as the AWS General Reference, "Create a signed request", describes it, computed without
/// the crate under test.
fn signature_version_4(headers: &BTreeMap<String, String>) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sha256 = |bytes: &[u8]| hex(digest::digest(&digest::SHA256, bytes).as_ref());
    let hmac = |key: &[u8], message: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
    };
    let signed: Vec<(&String, &String)> =
        headers.iter().filter(|(name, _)| *name != "authorization").collect();
    let names = signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let query = "Action=GetCallerIdentity&Version=2011-06-15";
    let request = format!("POST\n/\n{query}\n{lines}\n{names}\n{}", sha256(b""));
    let scope = "20150830/eu-west-1/sts/aws4_request";
    let to_sign =
        format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{}", sha256(request.as_bytes()));
    let key = scope.split('/').fold(b"AWS4wJalrXUtnFEMI".to_vec(), |key, part| hmac(&key, part));
    let signature = hex(&hmac(&key, &to_sign));
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    )
}

#[tokio::test]
async fn names_what_is_missing_without_credentials_or_a_region() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let no_region = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let subjects = CallerIdentity::new(Aws::with(no_region), Arc::new(clock.clone()));
    let error = subjects.subject_token(AUDIENCE).await.unwrap_err().to_string();
    assert_eq!(error, "AWS_REGION is not set");
    let no_credentials = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .build();
    let subjects = CallerIdentity::new(Aws::with(no_credentials), Arc::new(clock));
    let error = subjects.subject_token(AUDIENCE).await.unwrap_err().to_string();
    assert_eq!(error, "there are no AWS credentials to sign the identity request");
    assert!(signed_request(None).await["headers"].as_array().unwrap().len() == 4);
}
