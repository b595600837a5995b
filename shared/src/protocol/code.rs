//! The 16 error codes of the callable protocol: one table of names and HTTP statuses.
//! Source: google/rpc/code.proto, and firebase/firebase-functions `src/common/providers/https.ts`.

use std::fmt;

use http::StatusCode;

/// The kind of an error: one of the codes that every client SDK has.
///
/// DIFFERENCE: the reference also has `ok`. Its clients treat an error with that code as a success, and then report
/// that the result is missing. An error that means success makes no sense, so it does not exist here.
///
/// Exhaustive on purpose: apart from `ok`, the SDKs have exactly these codes, and map any other to `internal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The caller cancelled the call.
    Cancelled,
    /// A failure of unknown kind.
    Unknown,
    /// The arguments are wrong, regardless of the state of the system.
    InvalidArgument,
    /// The deadline passed before the call was done.
    DeadlineExceeded,
    /// The requested thing does not exist.
    NotFound,
    /// The thing to be created exists already.
    AlreadyExists,
    /// The caller is signed in, but may not do this.
    PermissionDenied,
    /// A quota or rate limit is used up.
    ResourceExhausted,
    /// The system is not in the state that the call needs; a retry does not help.
    FailedPrecondition,
    /// The call conflicted with a concurrent operation; retry from an earlier step.
    Aborted,
    /// An argument lies past the valid range, such as reading past the end.
    OutOfRange,
    /// The operation does not exist or is not enabled.
    Unimplemented,
    /// An invariant of the system is broken. Clients on iOS drop its message and details.
    Internal,
    /// The service cannot answer right now; retry later.
    Unavailable,
    /// Data is lost or corrupted beyond repair.
    DataLoss,
    /// The caller is not signed in, or the sign-in is not valid.
    Unauthenticated,
}

struct Row {
    code: ErrorCode,
    name: &'static str,
    canonical: &'static str,
    http: u16,
}

const fn row(code: ErrorCode, name: &'static str, canonical: &'static str, http: u16) -> Row {
    Row { code, name, canonical, http }
}

/// In the order of the enum, so that a code is its own index.
#[rustfmt::skip] // one code per line, easy to compare with the specification
const TABLE: [Row; 16] = [
    row(ErrorCode::Cancelled,          "cancelled",           "CANCELLED",           499),
    row(ErrorCode::Unknown,            "unknown",             "UNKNOWN",             500),
    row(ErrorCode::InvalidArgument,    "invalid-argument",    "INVALID_ARGUMENT",    400),
    row(ErrorCode::DeadlineExceeded,   "deadline-exceeded",   "DEADLINE_EXCEEDED",   504),
    row(ErrorCode::NotFound,           "not-found",           "NOT_FOUND",           404),
    row(ErrorCode::AlreadyExists,      "already-exists",      "ALREADY_EXISTS",      409),
    row(ErrorCode::PermissionDenied,   "permission-denied",   "PERMISSION_DENIED",   403),
    row(ErrorCode::ResourceExhausted,  "resource-exhausted",  "RESOURCE_EXHAUSTED",  429),
    row(ErrorCode::FailedPrecondition, "failed-precondition", "FAILED_PRECONDITION", 400),
    row(ErrorCode::Aborted,            "aborted",             "ABORTED",             409),
    row(ErrorCode::OutOfRange,         "out-of-range",        "OUT_OF_RANGE",        400),
    row(ErrorCode::Unimplemented,      "unimplemented",       "UNIMPLEMENTED",       501),
    row(ErrorCode::Internal,           "internal",            "INTERNAL",            500),
    row(ErrorCode::Unavailable,        "unavailable",         "UNAVAILABLE",         503),
    row(ErrorCode::DataLoss,           "data-loss",           "DATA_LOSS",           500),
    row(ErrorCode::Unauthenticated,    "unauthenticated",     "UNAUTHENTICATED",     401),
];

impl ErrorCode {
    /// Every code, in the order of google/rpc/code.proto.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.code)
    }

    /// The SDKs' name, such as `not-found`; clients see it as `functions/not-found`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The canonical status on the wire, such as `NOT_FOUND`.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        self.row().canonical
    }

    /// The HTTP status of a unary error with this code.
    #[must_use]
    pub fn http_status(self) -> StatusCode {
        StatusCode::from_u16(self.row().http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    #[expect(clippy::indexing_slicing, reason = "TABLE has a row per variant; a test checks each")]
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_the_index_of_its_row_and_its_two_names_agree() {
        for (index, code) in ErrorCode::all().enumerate() {
            assert_eq!(code as usize, index, "{code:?} is in the wrong row");
            assert_eq!(code.canonical(), code.name().replace('-', "_").to_uppercase());
            assert_eq!(code.http_status().as_u16(), TABLE.get(index).map_or(0, |row| row.http));
        }
        assert_eq!(ErrorCode::all().count(), 16);
    }
}
