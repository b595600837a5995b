//! Gives back what it gets, whole and as a chunk.

use schemars::JsonSchema;
use serde::Serialize;
use shared::{Callable, CallableRequest, ChunkSender, ErrorCode, HttpsError};

use crate::types::Everything;

/// Why the callable gives nothing back.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "camelCase")]
enum Refusal {
    Reserved { word: String },
}

/// Gives back what it gets. A streaming client gets it as a chunk, too.
///
/// The text `refuse` is refused.
async fn every_type(
    request: CallableRequest<Everything>,
    chunks: ChunkSender<Everything>,
) -> Result<Everything, HttpsError> {
    if request.data.text == "refuse" {
        let refusal = Refusal::Reserved { word: request.data.text.clone() };
        let error = HttpsError::new(ErrorCode::FailedPrecondition, "This text is reserved");
        return Err(error.with_details(&refusal));
    }
    chunks.send(&request.data).await?;
    Ok(request.data)
}

pub(crate) fn callable() -> Callable {
    Callable::typed_streaming(every_type).error_details::<Refusal>()
}
