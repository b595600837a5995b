//! Names of fields, as Firestore writes them in masks and queries: a name that is not a plain word is put into
//! backquotes. Source: google/firestore/v1/document.proto, and firebase/firebase-js-sdk
//! `packages/firestore/src/model/path.ts`.

/// One name.
pub(super) fn quoted(name: &str) -> String {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return name.to_owned();
    }
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

/// A path of names separated by dots, such as `address.city`.
pub(super) fn quoted_path(path: &str) -> String {
    path.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

/// Why a name cannot be that of a field; `None` if it can.
/// Source: google/firestore/v1/document.proto, `Document.fields`.
pub(super) fn problem_of(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("a field has an empty name"),
        _ if name.len() > 1500 => Some("the name of a field is longer than 1500 bytes"),
        _ if name.len() >= 4 && name.starts_with("__") && name.ends_with("__") => {
            Some("the name of a field has the reserved form __…__")
        }
        _ => None,
    }
}
