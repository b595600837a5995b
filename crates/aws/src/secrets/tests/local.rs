//! The file of local secrets.

use std::{env, fs, process};

use super::{
    super::local::{LocalSecrets, VARIABLE},
    *,
};

/// A file that is removed at the end of its test.
struct TestFile(std::path::PathBuf);

impl TestFile {
    fn new(name: &str, text: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("{name}-{}", process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn secrets() -> Secrets {
    Secrets::new(aws("http://127.0.0.1:1"), Arc::new(FixedClock::at(1_800_000_000)))
}

fn local(secrets: &Secrets, path: &str, on_lambda: bool) -> Result<Secret, StartError> {
    let value = |name: &str| (name == VARIABLE).then(|| path.to_owned());
    secrets.secret(value, on_lambda, "PAYMENT_KEY_SECRET")
}

#[tokio::test]
async fn values_are_read_with_comments_quotes_and_blank_lines() {
    for (line, value) in [
        ("PAYMENT_KEY_SECRET=sk_test_1", "sk_test_1"),
        ("  PAYMENT_KEY_SECRET = sk test  \r", "sk test"),
        ("export PAYMENT_KEY_SECRET=a=b==", "a=b=="),
        ("PAYMENT_KEY_SECRET=a#b # a comment", "a#b"),
        ("PAYMENT_KEY_SECRET='a # \\n b' # a comment", "a # \\n b"),
        (r#"PAYMENT_KEY_SECRET="a # \"b\"\n\tc\\" # a comment"#, "a # \"b\"\n\tc\\"),
        (r#"PAYMENT_KEY_SECRET={"live": "a"}"#, r#"{"live": "a"}"#),
    ] {
        let text = format!("\u{feff}# comment\n\n{line}\n   \nOTHER=not-to-be-seen\n");
        let file = TestFile::new("good-secrets", text.as_bytes());
        let secret = local(&secrets(), &file.path(), false).unwrap();
        assert_eq!(secret.get().await.unwrap().expose(), value, "{line}");
    }
}

#[test]
fn a_wrong_line_is_named_by_its_number_and_never_quoted() {
    for (line, problem) in [
        ("not-to-be-seen", "line 2: it has no form like NAME=value"),
        ("not-to-be-seen=", "line 2: before the = is no name of a variable"),
        ("=not-to-be-seen", "line 2: before the = is no name of a variable"),
        ("A='not-to-be-seen", "line 2: the closing quote is missing"),
        ("A=\"not-to-be-seen", "line 2: the closing quote is missing"),
        ("A=\"not-to-be-seen\\", "line 2: the closing quote is missing"),
        ("A=\"\\xnot-to-be-seen\"", "line 2: in double quotes, \\ is followed by"),
        ("A='' not-to-be-seen", "line 2: after the closing quote is more than a comment"),
        ("ok=not-to-be-seen", "line 2: a line above has the same name"),
    ] {
        let file = TestFile::new("wrong-secrets", format!("ok=1\n{line}\n").as_bytes());
        let error = local(&secrets(), &file.path(), false).unwrap_err().to_string();
        assert!(error.starts_with("LOCAL_SECRETS_FILE cannot be used: "), "{error}");
        assert!(error.contains(problem) && !error.contains("seen"), "{line}: {error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_the_start() {
    let large = TestFile::new("large-secrets", &vec![b'\n'; (1 << 20) + 1]);
    let bytes = TestFile::new("odd-secrets", b"A=\xff\n");
    let folder = env::temp_dir().to_str().unwrap().to_owned();
    for (path, problem) in
        [(large.path(), "larger than 1 MiB"), (bytes.path(), "not UTF-8"), (folder, "os error")]
    {
        let error = local(&secrets(), &path, false).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[tokio::test]
async fn a_secret_that_is_not_in_the_file_fails_when_it_is_needed_with_the_line_to_add() {
    let empty = TestFile::new("empty-secrets", b"PAYMENT_KEY_SECRET=\n");
    for path in [empty.path(), "/nowhere/.secret.local".to_owned()] {
        let secret = local(&secrets(), &path, false).unwrap();
        let error = secret.get().await.unwrap_err();
        let sentence = format!(
            "the secret of PAYMENT_KEY_SECRET cannot be used: {path} has no secret for it: add the \
             line PAYMENT_KEY_SECRET=, and the secret after it"
        );
        assert_eq!(error.to_string(), sentence);
        assert_eq!(error.code(), shared::ErrorCode::Internal);
    }
}

#[test]
fn on_the_real_lambda_a_file_of_secrets_ends_the_start() {
    let file = TestFile::new("lambda-secrets", b"PAYMENT_KEY_SECRET=a\n");
    let error = local(&secrets(), &file.path(), true).unwrap_err().to_string();
    assert!(error.starts_with("LOCAL_SECRETS_FILE is set on Lambda: unset it"), "{error}");
}

#[test]
fn the_secrets_of_a_file_are_not_printed() {
    let file = TestFile::new("printed-secrets", b"A=not-to-be-seen\n");
    let secrets = LocalSecrets::read(&file.path()).unwrap();
    let shown =
        format!("{secrets:?} {:?}", LocalSecrets::read(&file.path()).unwrap().source("A", "f"));
    assert!(!shown.contains("seen"), "{shown}");
}
