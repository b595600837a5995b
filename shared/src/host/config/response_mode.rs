//! Whether a Lambda function's answers are returned whole or streamed.

use crate::host::{error::StartError, variables::RESPONSE_MODE};

/// How API Gateway, a Function URL or a load balancer invokes a Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// The answer is returned whole.
    Buffered,
    /// The answer is streamed: Function URL or REST API with `RESPONSE_STREAM`.
    Stream,
}

impl ResponseMode {
    /// `value` is the value of `CALLABLE_RESPONSE_MODE`, if it is set.
    pub(super) fn parse(value: Option<String>) -> Result<Self, StartError> {
        match value.as_deref() {
            None | Some("buffered") => Ok(Self::Buffered),
            Some("stream") => Ok(Self::Stream),
            Some(_) => Err(StartError::new(
                RESPONSE_MODE,
                "must be buffered or stream: set it to stream only where the front invokes the \
                 function with response streaming",
            )),
        }
    }
}
