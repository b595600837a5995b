//! A network without a way out, as a VPC has it: Google's own addresses, which nothing reaches, and a mirror that is
//! near. The test runs itself again in a network namespace that has a loopback device and nothing else.

use std::{env, process::Command};

use super::*;
use crate::support::{bucket::Bucket, process::shipped, say};

const INSIDE: &str = "INSIDE_A_NAMESPACE";
/// Switches the loopback device on, and becomes the program in its arguments.
const LOOPBACK: &str = "import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack('16sH14x', b'lo', 1))
os.execv(sys.argv[1], sys.argv[1:])";
/// Google's address of the keys, as functions have it.
const GOOGLE: &str =
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

#[test]
fn without_a_way_out_the_mirror_verifies_tokens_and_without_a_mirror_no_token_is_refused() {
    if env::var_os(INSIDE).is_some() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        return runtime.enable_all().build().unwrap().block_on(inside());
    }
    let namespace = |program: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--", "python3", "-c", LOOPBACK]).args(program);
        command
    };
    if !namespace(&["/bin/true"]).status().is_ok_and(|status| status.success()) {
        return say("SKIPPED: no network namespace can be made here (unshare)");
    }
    let test = env::current_exe().unwrap();
    let name = "key_sources::no_way_out::\
                without_a_way_out_the_mirror_verifies_tokens_and_without_a_mirror_no_token_is_refused";
    let output = namespace(&[test.to_str().unwrap(), "--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

async fn inside() {
    let keys = TestKeys::shared();
    let unknown = TestKeys::fresh("made-up");
    let bucket = Bucket::start().await;
    let user = bucket.user("reader", "s3:GetObject", "firebase-keys/*").await;
    bucket.put("firebase-keys/id-token.json", &copy(GOOGLE, now() - 600, &[&keys])).await;
    bucket.check_callers().await;

    let api = RuntimeApi::start().await;
    let process = api.function(shipped(), &mirror::variables(&bucket, &user));
    assert_eq!(outcome(&api, &process, &call(&keys)).await, from("mirror"));
    let forger = TestKeys::fresh(keys.kid());
    assert_eq!(outcome(&api, &process, &call(&forger)).await.0, 401);
    // Only the issuer could say that there is no such key.
    assert_eq!(outcome(&api, &process, &call(&unknown)).await.0, 503);
    assert_eq!(outcome(&api, &process, &call(&keys)).await, from("mirror"));

    let alone = RuntimeApi::start().await;
    let process = alone.function(shipped(), &[("FIREBASE_PROJECT_ID", PROJECT)]);
    assert_eq!(outcome(&alone, &process, &call(&keys)).await.0, 503);
    process.line_with("key fetch").await;
}
