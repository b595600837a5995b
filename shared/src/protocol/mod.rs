//! The callable wire protocol: parses requests, and writes answers. Pure: no async, no clock, no environment, no I/O.
//!
//! ```text
//! POST /returnAuthenticatedMessage            200, Content-Type: application/json; charset=utf-8
//! Content-Type: application/json
//! Authorization: Bearer <ID token>            {"result":{"message":"…"}}
//!
//! {"data":{"text":"hello"}}                   or 4xx/5xx {"error":{"message":"…","status":"NOT_FOUND"}}
//! ```
//!
//! | file | concept |
//! |---|---|
//! | [`code`] | the 16 error codes, their names and HTTP statuses |
//! | [`error`] | [`HttpsError`], the only error that a client sees |
//! | `envelope` | the outer JSON of a request: `data`, or "Bad Request" |
//! | [`data`] | decodes `data`: 64-bit wrappers, depth, types, errors with a field path |
//! | `int64` | a 64-bit integer that keeps all its digits |
//! | [`json`] | writes answers as a JavaScript server would |
//! | `event_stream` | the frames of a streaming answer |
//! | [`cors`] | which origins may read an answer, and the CORS headers |
//! | [`origin`] | checks that a configured origin has the form in which browsers send it |
//! | `header` | header names, and the values that the protocol prescribes |

pub mod code;
pub mod cors;
pub mod data;
pub(crate) mod envelope;
pub mod error;
pub(crate) mod event_stream;
pub(crate) mod header;
mod int64;
pub mod json;
pub mod origin;

pub use code::ErrorCode;
pub use cors::CorsOrigins;
pub(crate) use error::with_causes;
pub use error::{HttpsError, OrError, data_path, data_path_camel_case};
pub use int64::Int64;
