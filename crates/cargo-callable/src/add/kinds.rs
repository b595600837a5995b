//! What a new function can use, and the files of each.

use clap::ValueEnum;

/// What a new function uses beside its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Nothing else
    Nothing,
    /// A DynamoDB table of its own
    Dynamodb,
    /// Documents of Firestore, read as the caller
    Firestore,
    /// Another service over HTTPS, with a key
    Http,
}

/// The files, dependencies and features of a kind.
pub(crate) struct Parts {
    /// Path in the function's folder, and text.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Dependencies, sorted by name.
    pub(crate) dependencies: &'static [&'static str],
    /// What the feature `emulator` switches on.
    pub(crate) emulator: &'static [&'static str],
}

macro_rules! files {
    ($folder:literal: $($path:tt),+) => {
        &[$((files!(@place $path), include_str!(concat!("../../function/", $folder, "/", $path)))),+]
    };
    (@place "template.yaml") => { "template.yaml" };
    (@place $path:literal) => { concat!("src/", $path) };
}

/// The parts of a function that streams, or that uses `kind`.
pub(crate) fn parts(kind: Kind, stream: bool) -> Parts {
    let emulator = &["shared/emulator"];
    match kind {
        Kind::Nothing => Parts {
            files: if stream {
                files!("stream": "main.rs", "handler.rs")
            } else {
                files!("nothing": "main.rs", "handler.rs")
            },
            dependencies: &["schemars", "serde", "shared"],
            emulator,
        },
        Kind::Dynamodb => Parts {
            files: files!("dynamodb": "main.rs", "handler.rs", "table.rs", "template.yaml"),
            dependencies: &[
                "aws-sdk-dynamodb",
                "firebase-callable-aws",
                "schemars",
                "serde",
                "shared",
            ],
            emulator,
        },
        Kind::Firestore => Parts {
            files: files!("firestore": "main.rs", "handler.rs"),
            dependencies: &["firebase-callable-google", "schemars", "serde", "shared"],
            emulator: &["firebase-callable-google/emulator", "shared/emulator"],
        },
        Kind::Http => Parts {
            files: files!("http": "main.rs", "handler.rs", "service.rs", "template.yaml"),
            dependencies: &[
                "firebase-callable-aws",
                "reqwest",
                "schemars",
                "serde",
                "serde_json",
                "shared",
            ],
            emulator,
        },
    }
}

/// The text of `handler.rs`.
pub(crate) fn handler(parts: &Parts) -> &'static str {
    let file = parts.files.iter().find(|(path, _)| *path == "src/handler.rs");
    file.map(|(_, text)| *text).unwrap_or_default()
}
