//! Each failure is one sentence for the operator, and tells the caller whether it may pass.

use aws_credential_types::{
    credential_fn::provide_credentials_fn, provider::error::CredentialsError,
};
use shared::{ErrorCode, testing::nowhere};

use super::*;

const CANNOT: &str = "the secret of KEY cannot be used: ";

async fn failure(secrets: &Secrets, value: &str) -> (String, ErrorCode) {
    let error = secret(secrets, "KEY", value).get().await.unwrap_err();
    let sentence = error.to_string();
    assert!(!sentence.contains("not-to-be-seen") && !sentence.contains('\n'), "{sentence}");
    (sentence.strip_prefix(CANNOT).unwrap().to_owned(), error.code())
}

#[tokio::test]
async fn what_the_service_answers() {
    let (service, _server, _, secrets) = started().await;
    let refused = |code: &str| json!({ "__type": code, "message": "not-to-be-seen" });
    for (value, name, answer, sentence, code) in [
        (
            "a",
            "a",
            refused("AccessDeniedException"),
            "allow secretsmanager:GetSecretValue",
            ErrorCode::Internal,
        ),
        (
            "ssm:b",
            "b",
            refused("AccessDeniedException"),
            "allow ssm:GetParameter",
            ErrorCode::Internal,
        ),
        (
            "c",
            "c",
            refused("ResourceNotFoundException"),
            "there is no secret of this name",
            ErrorCode::Internal,
        ),
        (
            "ssm:d",
            "d",
            refused("ParameterNotFound"),
            "there is no parameter of this name",
            ErrorCode::Internal,
        ),
        (
            "e",
            "e",
            refused("ThrottlingException"),
            "Secrets Manager throttles",
            ErrorCode::Unavailable,
        ),
        (
            "ssm:f",
            "f",
            refused("ThrottlingException"),
            "Parameter Store throttles",
            ErrorCode::Unavailable,
        ),
        ("g", "g", refused("DecryptionFailure"), "it cannot be decrypted", ErrorCode::Internal),
        (
            "h",
            "h",
            refused("InternalServiceError"),
            "answers InternalServiceError",
            ErrorCode::Unavailable,
        ),
        (
            "i",
            "i",
            refused("UnrecognizedClientException"),
            "does not accept the credentials",
            ErrorCode::Internal,
        ),
        (
            "j",
            "j",
            refused("ValidationException"),
            "answers ValidationException",
            ErrorCode::Internal,
        ),
    ] {
        if value.starts_with("ssm:") && !cfg!(feature = "parameters") {
            continue;
        }
        service.answers(name, 400, answer);
        let (problem, with) = failure(&secrets, value).await;
        assert!(problem.contains(sentence), "{value}: {problem}");
        assert_eq!(with, code, "{value}");
    }
}

#[tokio::test]
async fn what_the_secret_contains() {
    let (service, _server, _, secrets) = started().await;
    service.answers("binary", 200, json!({ "VersionId": "1", "SecretBinary": "AAEC" }));
    service.holds("text", "1", "not-to-be-seen");
    service.holds("json", "1", r#"{"number": 5, "x": "not-to-be-seen"}"#);
    for (value, sentence) in [
        ("binary", "it is binary: store it as text"),
        ("text#live", "it is not a JSON object"),
        ("json#live", "its JSON object has no member live"),
        ("json#number", "its member number is not a string"),
    ] {
        assert_eq!(failure(&secrets, value).await, (sentence.to_owned(), ErrorCode::Internal));
    }
}

#[tokio::test]
async fn an_arn_of_another_region_is_not_asked_for() {
    let (service, _server, _, secrets) = started().await;
    for arn in [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:payment-AbCdEf",
        #[cfg(feature = "parameters")]
        "arn:aws:ssm:us-east-1:123456789012:parameter/payment",
    ] {
        let (problem, code) = failure(&secrets, arn).await;
        assert!(problem.starts_with("it is in us-east-1, and this function runs in eu-west-1"));
        assert_eq!(code, ErrorCode::Internal);
    }
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn what_keeps_the_service_from_answering() {
    let clock = || Arc::new(FixedClock::at(1_800_000_000));
    let refused = Secrets::new(aws(&nowhere().await.to_string()), clock());
    let (problem, code) = failure(&refused, "payment").await;
    let sentence = "Secrets Manager cannot be reached: cannot connect: connection refused";
    assert!(problem.starts_with(sentence), "{problem}");
    assert_eq!(code, ErrorCode::Unavailable);

    let config = || {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .retry_config(RetryConfig::disabled())
    };
    let none = provide_credentials_fn(|| async { Err(CredentialsError::not_loaded_no_source()) });
    let none = config()
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(none));
    let nowhere =
        config().credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()));
    let no_credentials = Secrets::new(Aws::with(none.build()), clock());
    let (problem, code) = failure(&no_credentials, "payment").await;
    assert!(problem.starts_with("there are no AWS credentials"), "{problem}");
    assert_eq!(code, ErrorCode::Internal);
    let no_region = Secrets::new(Aws::with(nowhere.build()), clock());
    let (problem, code) = failure(&no_region, "payment").await;
    assert!(problem.starts_with("the region is not known: set AWS_REGION"), "{problem}");
    assert_eq!(code, ErrorCode::Internal);
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up_in_time() {
    let silent = MockServer::start(|_| (0, json!({}))).await;
    let config = aws(&silent.url.to_string()).config().await.clone().into_builder();
    let timeouts = aws_config::timeout::TimeoutConfig::builder()
        .operation_timeout(Duration::from_millis(20))
        .build();
    let aws = Aws::with(config.timeout_config(timeouts).build());
    let secrets = Secrets::new(aws, Arc::new(FixedClock::at(1_800_000_000)));
    let (problem, code) = failure(&secrets, "payment").await;
    assert_eq!(problem, "Secrets Manager does not answer in time");
    assert_eq!(code, ErrorCode::Unavailable);
}
