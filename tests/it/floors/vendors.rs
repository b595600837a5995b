//! The words of vendors, and the rooms that may say them: whoever does not use Clerk, Google's services or AWS meets
//! nothing of them elsewhere.

use super::{crates, each_source};

/// What a vendor is called, where it may be, and what is not meant.
struct Vendor {
    /// In lower case.
    words: &'static [&'static str],
    /// The beginnings of the paths of files that may say them.
    rooms: &'static [&'static str],
    /// Names that contain one of the words and are something else.
    others: &'static [&'static str],
    /// Whether comments may not say them either.
    in_comments: bool,
}

const VENDORS: [Vendor; 3] = [
    Vendor {
        words: &["clerk", "svix"],
        rooms: &["crates/clerk/"],
        others: &["firebase-callable-clerk", "firebase_callable_clerk"],
        in_comments: true,
    },
    Vendor {
        // The two key sets are the only addresses of Google's that a token needs.
        words: &["googleapis.com", "service_account", "service account", "serviceaccount"],
        rooms: &["crates/google/", "shared/src/keys/"],
        others: &[
            "type.googleapis.com/", // 64-bit integers in the callables' protocol
            "https://firebaseappcheck.googleapis.com/", // the issuer of App Check tokens
            "https://identitytoolkit.googleapis.com/google.", // the audience of custom tokens
        ],
        in_comments: false,
    },
    Vendor {
        words: &["aws", "lambda", "api gateway", "secrets manager"],
        // `metrics` writes CloudWatch's own format.
        // The entry of `crates/google` reads the service account through its room `aws`.
        rooms: &[
            "crates/google/src/aws",
            "crates/google/src/lib.rs",
            "crates/google/src/google.rs",
            "shared/src/host/",
            "shared/src/callable/metrics.rs",
        ],
        others: &["aws_lc", "aws-lc", "aws_ca_bundle"],
        in_comments: false,
    },
];

/// The words of vendors that a file at `path` may not say, with their lines.
fn wrong_words(path: &str, source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, line) in source.lines().enumerate() {
        if line == "mod tests {" {
            break;
        }
        let (code, comment) = match line.trim_start().starts_with("//") {
            true => ("", line),
            false => line.split_once(" // ").unwrap_or((line, "")),
        };
        for vendor in &VENDORS {
            let comment = if vendor.in_comments { comment } else { "" };
            // Whoever cites a source names it.
            let comment = comment.split("Source: ").next().unwrap_or_default();
            let mut said = format!("{code} {comment}").to_lowercase();
            for other in vendor.others {
                said = said.replace(other, "");
            }
            let word = vendor.words.iter().find(|word| said.contains(*word));
            if let Some(word) = word
                && !vendor.rooms.iter().any(|room| path.starts_with(room))
            {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    wrong
}

#[test]
fn no_file_names_a_vendor_that_its_room_does_not_own() {
    let root = super::root();
    let mut wrong = Vec::new();
    for krate in crates() {
        each_source(&krate.join("src"), &mut |path, source| {
            let path = path.strip_prefix(&root).unwrap().to_str().unwrap();
            if !path.contains("tests") && !path.starts_with("functions/") {
                wrong.extend(wrong_words(path, source));
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn finds_planted_vendors() {
    for (path, source) in [
        ("shared/src/token/jwt.rs", "struct ClerkRules;"),
        ("shared/src/token/jwt.rs", "// as Clerk's sessions do"),
        ("crates/google/src/accounts.rs", "const HEADER: &str = \"svix-id\";"),
        (
            "shared/src/callable/service.rs",
            "\"https://identitytoolkit.googleapis.com/v1/accounts\"",
        ),
        ("shared/src/testing/keys.rs", "fn service_account() {}"),
        ("crates/clerk/src/lib.rs", "use firebase_callable_google::ServiceAccount;"),
        ("shared/src/net/https.rs", "use aws_config::SdkConfig;"),
        ("crates/google/src/accounts.rs", "use lambda_http::Request;"),
    ] {
        assert_eq!(wrong_words(path, source).len(), 1, "{path}: {source}");
    }
    for (path, source) in [
        ("crates/clerk/src/lib.rs", "struct ClerkRules;"),
        ("crates/google/src/aws/manager.rs", "use aws_config::SdkConfig;"),
        ("shared/src/host/lambda.rs", "use lambda_runtime::Runtime;"),
        ("shared/src/token/jwt.rs", "/// Source: clerk/javascript, a pitfall of another's"),
        ("shared/src/token/public_key.rs", "use aws_lc_rs::signature; // not AWS's service"),
        ("shared/src/clock.rs", "//! A frozen Lambda sandbox stops neither clock."),
        ("shared/src/net/https.rs", "#[cfg(test)]\nmod tests {\n    // Lambda, Clerk\n}"),
    ] {
        assert_eq!(wrong_words(path, source), Vec::<String>::new(), "{path}: {source}");
    }
}
