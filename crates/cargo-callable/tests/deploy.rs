//! `cargo callable deploy`, up to what needs an account. A stand-in for SAM says how it was called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use support::{Folder, Run, finish};

/// The first bytes of a program: ELF, 64 bits, and the processor.
fn program(machine: u8) -> Vec<u8> {
    let mut head = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    head.resize(18, 0);
    head.extend([machine, 0, 0, 0]);
    head
}

fn put(project: &Folder, bytes: &[u8]) {
    let home = project.path("target/lambda/hello");
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("bootstrap"), bytes).unwrap();
}

/// Deploys with a `sam` that prints its words.
fn deploy(project: &Folder, words: &[&str]) -> Run {
    let bin = project.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let sam = bin.join("sam");
    fs::write(&sam, "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'SAM CLI, version 1.170.0'; else echo \"sam $*\"; fi\n").unwrap();
    fs::set_permissions(&sam, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callable"));
    command
        .args(["deploy", "--no-build"])
        .args(words)
        .current_dir(&project.0)
        .env("PATH", path.unwrap());
    command.env_remove("CARGO_TARGET_DIR");
    finish(&mut command)
}

#[test]
fn a_program_for_another_processor_than_the_template_s_is_refused_with_a_sentence() {
    let project = Folder::project("other processor");
    for (bytes, sentence) in [
        (None, "hello is not built, "),
        (Some(program(62)), "hello is to be deployed for arm64, but "),
        (
            Some(b"#!/bin/sh\nexit 0\n# padding".to_vec()),
            "bootstrap is not a program for arm64 or x86_64: cargo callable build --architecture arm64",
        ),
        (Some(Vec::new()), "is not a program for arm64 or x86_64"),
    ] {
        if let Some(bytes) = &bytes {
            put(&project, bytes);
        }
        let refused = deploy(&project, &["--dry"]);
        assert!(!refused.success && refused.output.contains(sentence), "{}", refused.output);
        assert_eq!(refused.output.lines().count(), 1, "{}", refused.output);
    }
    put(&project, &program(183));
    let checked = deploy(&project, &["--dry"]);
    assert!(checked.success, "{}", checked.output);
    assert!(
        checked
            .output
            .contains("1 function for arm64 and the template are ready; nothing was deployed.")
    );
    assert!(!checked.output.contains("sam deploy"), "{}", checked.output);
    let template = fs::read_to_string(project.path("target/callable/template.yaml")).unwrap();
    assert!(template.contains("AllowedValues:\n      - arm64\n"), "no other processor is accepted");
}

#[test]
fn a_deployment_is_guided_the_first_time_and_unattended_with_parameters_from_a_file() {
    let project = Folder::project("first time");
    put(&project, &program(183));
    let guided = deploy(&project, &[]);
    assert!(
        guided.success && guided.output.contains("--guided --stack-name cargo-callable-first-time"),
        "{}",
        guided.output
    );

    let refused = deploy(&project, &["--yes"]);
    assert!(
        !refused.success && refused.output.starts_with("With --yes nothing is asked"),
        "{}",
        refused.output
    );

    fs::write(
        project.path("staging.txt"),
        "# staging\nFirebaseProjectId=my-app\nClerkIssuer = https://a.example\n",
    )
    .unwrap();
    let unattended =
        deploy(&project, &["--yes", "--parameters", "staging.txt", "--stack-name", "s"]);
    let expected = "--no-confirm-changeset --no-fail-on-empty-changeset --stack-name s --parameter-overrides \
         ParameterKey=FirebaseProjectId,ParameterValue=\"my-app\" ParameterKey=ClerkIssuer,ParameterValue=\"https://a.example\"";
    assert!(unattended.success && unattended.output.contains(expected), "{}", unattended.output);

    fs::write(project.path("wrong.txt"), "FirebaseProjectId\n").unwrap();
    let refused = deploy(&project, &["--yes", "--parameters", "wrong.txt"]);
    assert_eq!(refused.output, "wrong.txt:1: write NAME=value, as in FirebaseProjectId=my-app\n");
}

#[test]
fn the_processor_is_chosen_once_for_build_and_deployment() {
    let project = Folder::project("chosen once");
    put(&project, &program(183));
    let samconfig = |overrides: &str| {
        let text = format!(
            "version = 0.1\n[default.deploy.parameters]\nstack_name = \"callables\"\n{overrides}\n"
        );
        fs::write(project.path("samconfig.toml"), text).unwrap();
    };
    for same in [
        "",
        "parameter_overrides = \"Architecture=\\\"arm64\\\" MemorySize=\\\"256\\\"\"",
        "parameter_overrides = [\"Architecture=arm64\"]",
    ] {
        samconfig(same);
        let deployed = deploy(&project, &[]);
        assert!(deployed.success, "{}", deployed.output);
        assert!(
            !deployed.output.contains("--guided") && !deployed.output.contains("--stack-name"),
            "{}",
            deployed.output
        );
    }
    for other in [
        "parameter_overrides = \"Architecture=\\\"x86_64\\\"\"",
        "parameter_overrides = [\"Architecture=x86_64\"]",
    ] {
        samconfig(other);
        let refused = deploy(&project, &[]);
        assert!(
            refused.output.starts_with(
                "samconfig.toml has Architecture=x86_64, but the functions are built for arm64: "
            ),
            "{}",
            refused.output
        );
    }
    fs::write(project.path("samconfig.toml"), "[[").unwrap();
    assert!(deploy(&project, &[]).output.contains("samconfig.toml cannot be read: "));
}
