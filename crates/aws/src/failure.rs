//! Why an operation of the AWS SDK failed, in one sentence. The SDK's own errors say "dispatch failure" or print the
//! whole answer.

use std::{
    error::Error,
    fmt::{self, Debug},
    iter::successors,
};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use shared::{ErrorCode, net::SendError};

/// Why an operation of the AWS SDK failed. Its text is one sentence for the operator, without anything that was sent or
/// received except AWS's own codes.
///
/// `?` makes it from any error of the SDK:
///
/// ```no_run
/// use aws_sdk_secretsmanager::Client;
/// use firebase_callable_aws::AwsError;
///
/// async fn names(client: &Client) -> Result<usize, AwsError> {
///     Ok(client.list_secrets().send().await?.secret_list().len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AwsError {
    /// The region is not known.
    NoRegion,
    /// There are no credentials to sign the request with.
    NoCredentials,
    /// AWS does not accept the credentials, and answers with this code.
    WrongCredentials(String),
    /// The role may not do this. Contains the action, as in `dynamodb:PutItem`, if AWS names it.
    Denied(Option<String>),
    /// The table, or another thing that the request names, does not exist.
    Missing,
    /// There are too many requests, as this code says.
    Throttled(String),
    /// No complete answer came, for this reason.
    NotAnswered(SendError),
    /// No answer came within the time limit.
    Slow,
    /// AWS answers with another code: a fault of its own, if that is true.
    Other(String, bool),
    /// The request cannot be made, or the answer cannot be read.
    Unreadable,
}

impl AwsError {
    /// Whether a later attempt may succeed without a change by the operator.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Slow => true,
            Self::NotAnswered(reason) => reason.is_transient() || *reason == SendError::Timeout,
            Self::Other(_, is_of_aws) => *is_of_aws,
            _ => false,
        }
    }

    /// The code for a client: [`ErrorCode::Unavailable`] if the same call may succeed later, and
    /// [`ErrorCode::Internal`] if it cannot.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        if self.is_transient() { ErrorCode::Unavailable } else { ErrorCode::Internal }
    }

    /// The sentence, with the name of the AWS service.
    pub(crate) fn of(&self, service: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegion => f.write_str(
                "the region is not known: set AWS_REGION to the region of your tables and secrets",
            ),
            Self::NoCredentials => f.write_str(
                "there are no AWS credentials: in Lambda, give the function a role; elsewhere, set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
            Self::WrongCredentials(code) => {
                write!(f, "{service} does not accept the credentials ({code}): renew them")
            }
            Self::Denied(Some(action)) => {
                write!(f, "the function's role may not do this: allow {action} on it")
            }
            Self::Denied(None) => {
                f.write_str("the function's role may not do this: allow it in the role's policy")
            }
            Self::Missing => f.write_str(
                "there is no table, or other resource, of this name in this account and region: \
                 create it, or correct the name",
            ),
            Self::Throttled(code) => write!(f, "{service} throttles requests ({code})"),
            Self::NotAnswered(reason) if reason.is_before_sending() => {
                write!(f, "{service} cannot be reached: {reason}")
            }
            Self::NotAnswered(reason) => write!(f, "{service} does not answer: {reason}"),
            Self::Slow => write!(f, "{service} does not answer in time"),
            Self::Other(code, _) => write!(f, "{service} answers {code}"),
            Self::Unreadable => {
                write!(f, "the request or the answer of {service} has a wrong form")
            }
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of("AWS", f)
    }
}

impl Error for AwsError {}

impl<E, R> From<&SdkError<E, R>> for AwsError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug,
    SdkError<E, R>: Error + 'static,
{
    fn from(error: &SdkError<E, R>) -> Self {
        if matches!(error, SdkError::ServiceError(_)) {
            return answered(error.meta());
        }
        let first: &(dyn Error + 'static) = error;
        let chain = || successors(Some(first), |&error| error.source());
        if let Some(reason) = chain().find_map(|error| error.downcast_ref::<SendError>()) {
            return Self::NotAnswered(*reason);
        }
        if let Some(error) = chain().find_map(|error| error.downcast_ref::<CredentialsError>()) {
            return match error {
                CredentialsError::ProviderTimedOut(_) => Self::Slow,
                _ => Self::NoCredentials,
            };
        }
        match error {
            SdkError::TimeoutError(_) => Self::Slow,
            // The SDK has no type for this.
            _ if chain().any(|error| is_about_the_region(&error.to_string())) => Self::NoRegion,
            _ => Self::Unreadable,
        }
    }
}

impl<E, R> From<SdkError<E, R>> for AwsError
where
    SdkError<E, R>: Error + 'static,
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::from(&error)
    }
}

fn is_about_the_region(sentence: &str) -> bool {
    sentence.contains("Missing Region")
}

/// The meaning of a code with which AWS answers. Sources: "Common errors" in the API references of DynamoDB, Secrets
/// Manager and Systems Manager; `THROTTLING_ERRORS` in smithy-rs.
fn answered(answer: &ErrorMetadata) -> AwsError {
    let Some(code) = answer.code() else {
        return AwsError::Other("with an error that has no code".to_owned(), true);
    };
    match code {
        "AccessDeniedException" | "AccessDenied" | "NotAuthorized" => {
            AwsError::Denied(answer.message().and_then(action))
        }
        "ResourceNotFoundException" | "ParameterNotFound" | "NoSuchBucket" | "NoSuchKey" => {
            AwsError::Missing
        }
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "SlowDown" => AwsError::Throttled(code.to_owned()),
        "ExpiredTokenException"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException" => AwsError::WrongCredentials(code.to_owned()),
        "InternalServerError"
        | "InternalServiceError"
        | "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => AwsError::Other(code.to_owned(), true),
        _ => AwsError::Other(code.to_owned(), false),
    }
}

/// The action in a sentence like "… is not authorized to perform: dynamodb:PutItem on resource: …".
fn action(sentence: &str) -> Option<String> {
    let (_, rest) = sentence.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let (service, name) = action.split_once(':')?;
    (action.len() < 80 && is_part(&service.replace('-', "")) && is_part(name))
        .then(|| action.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(code: &str, message: &str) -> ErrorMetadata {
        ErrorMetadata::builder().code(code).message(message).build()
    }

    #[test]
    fn names_the_action_that_the_role_lacks_and_nothing_else_of_the_answer() {
        let sentence = "User: arn:aws:sts::1:assumed-role/f/f is not authorized to perform: \
                        dynamodb:PutItem on resource: arn:aws:dynamodb:eu-west-1:1:table/not-to-be-seen";
        let error = answered(&metadata("AccessDeniedException", sentence));
        assert_eq!(error, AwsError::Denied(Some("dynamodb:PutItem".to_owned())));
        assert_eq!(
            error.to_string(),
            "the function's role may not do this: allow dynamodb:PutItem on it"
        );
        for odd in ["not-to-be-seen", "not authorized to perform: not-to-be-seen", ""] {
            let error = answered(&metadata("AccessDeniedException", odd));
            assert_eq!(error, AwsError::Denied(None));
            assert!(!error.to_string().contains("seen"), "{error}");
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_transient() {
        for (error, code) in [
            (answered(&metadata("ProvisionedThroughputExceededException", "")), "UNAVAILABLE"),
            (answered(&metadata("InternalServerError", "")), "UNAVAILABLE"),
            (AwsError::NotAnswered(SendError::Refused), "UNAVAILABLE"),
            (AwsError::NotAnswered(SendError::Broken), "UNAVAILABLE"),
            (AwsError::NotAnswered(SendError::Timeout), "UNAVAILABLE"),
            (AwsError::Slow, "UNAVAILABLE"),
            (answered(&metadata("ResourceNotFoundException", "")), "INTERNAL"),
            (answered(&metadata("AccessDeniedException", "")), "INTERNAL"),
            (answered(&metadata("UnrecognizedClientException", "")), "INTERNAL"),
            (answered(&metadata("ConditionalCheckFailedException", "")), "INTERNAL"),
            (AwsError::NotAnswered(SendError::TooLarge), "INTERNAL"),
            (AwsError::NoRegion, "INTERNAL"),
            (AwsError::NoCredentials, "INTERNAL"),
        ] {
            assert_eq!(error.code().canonical(), code, "{error}");
        }
    }
}
