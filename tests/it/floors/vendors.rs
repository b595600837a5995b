//! The names of vendors, and the folders that may contain them. Elsewhere, a reader does not need to know Clerk,
//! Google's services or AWS.

use super::{crates, sources};
use crate::support::root;

struct Vendor {
    /// The vendor's names, in lower case.
    words: &'static [&'static str],
    /// Prefixes of the paths of files that may contain these names.
    allowed: &'static [&'static str],
    /// Texts that contain one of the words and are allowed everywhere.
    others: &'static [&'static str],
    /// Whether comments are checked, too.
    in_comments: bool,
}

const VENDORS: [Vendor; 3] = [
    Vendor {
        words: &["clerk", "svix"],
        allowed: &["crates/clerk/"],
        others: &["firebase-callable-clerk", "firebase_callable_clerk"],
        in_comments: true,
    },
    Vendor {
        // `keys` has the URLs of the two key sets, the only URLs of Google that verifying a token needs.
        words: &["googleapis.com", "service_account", "service account", "serviceaccount"],
        allowed: &["crates/google/", "shared/src/keys/"],
        others: &[
            "type.googleapis.com/", // 64-bit integers in the callables' protocol
            "https://firebaseappcheck.googleapis.com/", // the issuer of App Check tokens
            "https://identitytoolkit.googleapis.com/google.", // the audience of custom tokens
        ],
        in_comments: false,
    },
    Vendor {
        words: &["aws", "lambda", "api gateway", "secrets manager"],
        // `metrics` writes the format of CloudWatch. `google.rs` and `lib.rs` use the module `aws` to read the service
        // account.
        allowed: &[
            "crates/aws/",
            "crates/guards/",
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

/// The names of vendors that the file at `path` contains and must not, with their lines.
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
            // A cited source may be a vendor's.
            let comment = comment.split("Source: ").next().unwrap_or_default();
            let mut text = format!("{code} {comment}").to_lowercase();
            for other in vendor.others {
                text = text.replace(other, "");
            }
            let word = vendor.words.iter().find(|word| text.contains(*word));
            if let Some(word) = word
                && !vendor.allowed.iter().any(|prefix| path.starts_with(prefix))
            {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    wrong
}

#[test]
fn no_file_names_a_vendor_outside_the_folders_of_that_vendor() {
    let mut wrong = Vec::new();
    for krate in crates().into_iter().filter(|path| !path.starts_with(root().join("functions"))) {
        let krate = krate.strip_prefix(root()).unwrap().join("src");
        for (path, source) in sources(&root().join(&krate)) {
            wrong.extend(wrong_words(krate.join(path).to_str().unwrap(), &source));
        }
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
