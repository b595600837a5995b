//! The callable wire protocol: bytes and headers in, bytes and headers out. Pure: no async, no
//! clock, no environment, no I/O.
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
//! | [`error`] | [`HttpsError`], the one error a client sees |
//! | [`envelope`] | the outer JSON of a request: `data`, or "Bad Request" |
//! | [`data`] | `data` in: 64-bit wrappers, depth, typed decoding with a field path |
//! | [`json`] | results out: what a JavaScript server would have written |
//! | [`event_stream`] | the frames of a streaming answer |
//! | [`cors`] | request headers in, CORS headers out |
//! | [`origin`] | the one form in which browsers write an origin |
//! | [`header`] | header names and the exact values the protocol fixes |

pub mod code;
pub mod cors;
pub mod data;
pub mod envelope;
pub mod error;
pub mod event_stream;
pub mod header;
pub mod json;
pub mod origin;

pub use code::ErrorCode;
pub use cors::CorsOrigins;
pub use error::HttpsError;
