//! How the front in front of a Lambda function invokes it.

use crate::host::{error::StartError, variables::RESPONSE_MODE};

/// How the front in front of a Lambda function invokes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseMode {
    /// The answer is handed over whole.
    #[default]
    Buffered,
    /// The answer is streamed: Function URL or REST API with `RESPONSE_STREAM`.
    Stream,
}

impl ResponseMode {
    /// `value` is that of `CALLABLE_RESPONSE_MODE`, if it is set.
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
