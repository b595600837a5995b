//! `cargo callable run` with functions whose build takes no second.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod run {
    pub(crate) mod local;
}
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;

use run::local::{FUNCTION, Local, add, command, free_port, is_gone, project};
use support::finish;

/// The last word of `first /hello 123`: the id of the process that answered.
fn pid(text: &str) -> &str {
    text.rsplit(' ').next().unwrap()
}

#[test]
fn functions_are_served_under_all_paths_and_other_names_are_refused_in_protocol_form() {
    let folder =
        project("paths", &["hello", "send-invoice"], "environment = { GREETING = \"Hi\" }");
    let local = Local::start(&folder);
    for (path, begin) in [
        ("/hello", "first /hello "),
        ("/sendInvoice?a=1", "first /sendInvoice?a=1 "),
        ("/demo-app/us-central1/hello", "first /demo-app/us-central1/hello "),
        ("/prod/hello", "first /hello "),
        ("/hello?env=GREETING", "Hi"),
        ("/hello?env=FIREBASE_PROJECT_ID", "demo-app"),
    ] {
        let (status, text) = local.call(path);
        assert!(status == 200 && text.starts_with(begin), "{path}: {status} {text}");
    }
    let not_found = r#"{"error":{"message":"Not Found","status":"NOT_FOUND"}}"#;
    for path in ["/nothing", "/prod/nothing", "/", "/hello/", "/send-invoice"] {
        let (head, body) = local.exchange(&format!("POST {path}"), "");
        assert!(head.starts_with("HTTP/1.1 404 ") && body == not_found, "{path}: {head} {body}");
        assert!(head.contains("access-control-allow-origin: *"), "{head}");
        let asked = "access-control-request-headers: content-type\r\n";
        let (head, _) = local.exchange(&format!("OPTIONS {path}"), asked);
        assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
        assert!(head.contains("access-control-allow-headers: content-type"), "{head}");
    }
    let (head, body) = local.exchange("POST /nothing", "accept: text/event-stream\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && body == format!("data: {not_found}\n\n"));
}

#[test]
fn a_function_that_is_added_is_served_by_the_next_call_and_a_removed_one_is_not() {
    let folder = project("added", &["hello"], "");
    let local = Local::start(&folder);
    assert_eq!(local.call("/sendInvoice").0, 404);
    add(&folder, "send-invoice", FUNCTION);
    let (status, text) = local.call("/sendInvoice");
    assert!(status == 200 && text.starts_with("first /sendInvoice "), "{status} {text}");
    fs::remove_dir_all(folder.path("functions/send-invoice")).unwrap();
    assert_eq!(local.call("/sendInvoice").0, 404);
    assert_eq!(local.call("/hello").0, 200);
}

#[test]
fn a_save_neither_cuts_a_running_stream_nor_holds_up_the_next_call() {
    let folder = project("stream", &["hello"], "");
    let local = Local::start(&folder);
    let old = local.call("/hello").1;
    let mut stream = BufReader::new(local.send("POST /hello?stream", ""));
    let mut line = String::new();
    while !line.contains("data: first") {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0);
    }
    add(&folder, "hello", &FUNCTION.replace("\"first\"", "\"second\""));
    // The call after the save is answered by what was saved, while the stream runs.
    let (status, text) = local.call("/hello");
    assert!(status == 200 && text.starts_with("second /hello "), "{status} {text}");
    fs::write(folder.path("go"), "").unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("data: first to the end"), "{rest}");
    assert!(is_gone(pid(&old)), "the old process ends after its last call");
}

#[test]
fn other_files_restart_nothing() {
    let folder = project("files", &["hello"], "");
    let local = Local::start(&folder);
    let before = local.call("/hello").1;
    for file in ["README.md", "functions/hello/notes.txt", "functions/hello/src/.main.rs.swp"] {
        fs::write(folder.path(file), "text").unwrap();
        assert_eq!(local.call("/hello").1, before, "{file}");
    }
    // Saved without a change: built anew, and the same program.
    fs::write(folder.path("Cargo.lock"), fs::read(folder.path("Cargo.lock")).unwrap()).unwrap();
    assert_eq!(local.call("/hello").1, before);
}

#[test]
fn a_broken_function_says_so_and_blocks_nobody() {
    let folder = project("broken", &["broken", "hello", "needy"], "");
    fs::write(folder.path("functions/broken/src/main.rs"), "fn main() { nonsense }").unwrap();
    let manifest = folder.path("functions/needy/Cargo.toml");
    let needs = "\n[package.metadata.callable.run.environment]\nNEEDED = \"\"\n";
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}{needs}")).unwrap();
    let mut local = Local::start(&folder);
    assert!(local.printed.contains("cannot find value `nonsense`"), "{}", local.printed);
    assert!(local.printed.contains("functions/needy does not start: NEEDED is not set"));
    assert_eq!(local.call("/hello").0, 200);
    for (path, reason) in [
        ("/broken", "functions/broken does not compile: see the terminal"),
        ("/needy", "functions/needy does not start: NEEDED is not set: see the terminal"),
    ] {
        let body = format!(r#"{{"error":{{"message":"{reason}","status":"UNAVAILABLE"}}}}"#);
        assert_eq!(local.call(path), (503, body));
    }
    // Both are mended by a save.
    fs::write(folder.path("functions/broken/src/main.rs"), FUNCTION).unwrap();
    fs::write(&manifest, text).unwrap();
    assert_eq!((local.call("/broken").0, local.call("/needy").0), (200, 200));
    // A project that cannot be read keeps what it has.
    fs::write(&manifest, "[package").unwrap();
    assert_eq!(local.call("/hello").0, 200);
    local.printed("There is no project that cargo can read");
    assert!(local.call("/nothing").1.contains("UNAVAILABLE"));
}

#[test]
fn each_function_has_its_own_variables_and_a_changed_file_of_them_is_read_by_the_next_call() {
    let run = "environment-files = [\"local.env\"]\nenvironment = { COMMON = \"all\" }";
    let folder = project("variables", &["hello", "other"], run);
    fs::write(folder.path("local.env"), "# of the files\nFROM_FILE=one\nCOMMON=file\n").unwrap();
    let template = "Resources:\n  HelloFunction:\n    Properties:\n      Environment: { Variables: { LIMIT: 30, COMMON: template } }\n";
    fs::write(folder.path("functions/hello/template.yaml"), template).unwrap();
    let local = Local::start(&folder);
    for (path, value) in [
        ("/hello?env=LIMIT", "30"),
        ("/other?env=LIMIT", ""),
        ("/hello?env=FROM_FILE", "one"),
        ("/hello?env=COMMON", "all"),
    ] {
        assert_eq!(local.call(path), (200, value.to_owned()), "{path}");
    }
    fs::write(folder.path("local.env"), "FROM_FILE=another\n").unwrap();
    assert_eq!(local.call("/other?env=FROM_FILE").1, "another");
    fs::write(folder.path("local.env"), "FROM FILE\n").unwrap();
    let (status, text) = local.call("/other");
    assert!(status == 503 && text.contains("local.env, line 1: write KEY=value"), "{text}");
    // A template that cannot be read concerns the function that it is of.
    fs::write(folder.path("local.env"), "FROM_FILE=third\n").unwrap();
    fs::write(folder.path("functions/hello/template.yaml"), "Resources: [").unwrap();
    assert_eq!(local.call("/other?env=FROM_FILE"), (200, "third".to_owned()));
    assert!(local.call("/hello").1.contains("functions/hello/template.yaml cannot be read"));
}

#[test]
fn a_process_that_ends_by_itself_is_started_again_by_the_next_call() {
    let folder = project("ended", &["hello"], "");
    let mut local = Local::start(&folder);
    let internal = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;
    assert_eq!(local.call("/hello?exit"), (500, internal.to_owned()));
    local.printed("functions/hello has ended by itself (exit code 3)");
    assert_eq!(local.call("/hello").0, 200);
}

#[test]
fn a_function_that_never_answers_ends_with_a_sentence() {
    let folder = project("never", &["hello"], "start-seconds = 1");
    let never = "fn main() { loop { std::thread::park() } }";
    fs::write(folder.path("functions/hello/src/main.rs"), never).unwrap();
    let local = Local::start(&folder);
    let sentence = "functions/hello does not start: it does not answer on its port after 1 seconds";
    assert!(local.printed.contains(sentence), "{}", local.printed);
    assert!(local.call("/hello").1.contains(sentence));
}

#[test]
fn nothing_is_left_however_the_tool_ends() {
    for signal in ["-TERM", "-INT", "-KILL"] {
        let run = "[[workspace.metadata.callable.run.commands]]\ncommand = [\"sh\", \"-c\", \"sleep 600 & echo stands-in $!; wait\"]\nready = \"stands-in\"\n";
        let folder = project(&format!("left {signal}"), &["hello"], run);
        let mut local = Local::begin(&folder);
        let companion = local.printed("stands-in");
        local.printed("Ctrl-C");
        let function = local.call("/hello").1;
        let code = local.end(signal);
        assert_eq!(code, (signal != "-KILL").then_some(0), "{signal}");
        let programs = folder.path(&format!("target/callable/run/{}", local.port));
        assert_eq!(programs.exists(), signal == "-KILL", "{signal}: the copies that ran");
        for line in [&companion, &function] {
            assert!(is_gone(pid(line)), "{signal}: {line}");
        }
    }
}

#[test]
fn the_page_knows_the_functions() {
    let folder = project("page", &["hello"], "");
    let mut local = Local::start(&folder);
    local.port = local.page;
    assert!(local.exchange("GET /", "").1.contains("<html"));
    let (_, config) = local.exchange("GET /config.json", "");
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["callables"][0]["name"], "hello");
    assert_eq!(config["auth"], serde_json::Value::Null);
    assert!(local.exchange("GET /nothing", "").0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn what_is_wrong_before_the_start_is_one_sentence() {
    let folder = project("wrong", &["hello"], "");
    let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = held.local_addr().unwrap().port().to_string();
    let (one, two) = (free_port().to_string(), free_port().to_string());
    let free = ["--port", one.as_str(), "--page-port", two.as_str()];
    // Only what finds the project: cargo and rustc.
    let path = folder.path("bin");
    fs::create_dir_all(&path).unwrap();
    for program in ["cargo", "rustc"] {
        let found = finish(std::process::Command::new("rustup").args(["which", program]));
        std::os::unix::fs::symlink(found.output.trim(), path.join(program)).unwrap();
    }
    for (words, sentence) in [
        (
            vec!["--port", "abc"],
            "PORT is not a port: set it to a number from 1 to 65535, as in: cargo callable run --port 9000",
        ),
        (
            vec!["--port", "7000", "--page-port", "7000"],
            "PAGE_PORT and PORT are both 7000: set one of them to another port",
        ),
        (
            vec!["--port", &taken],
            &*format!(
                "Port {taken} is taken: choose another one, as in: cargo callable run --port "
            ),
        ),
        (
            [&free[..], &["--auth-port", &taken]].concat(),
            &*format!(
                "Port {taken} is taken: choose another one, as in: cargo callable run --auth-port "
            ),
        ),
        (
            free.to_vec(),
            "Node.js is not installed, and the Auth emulator needs it: install Node.js 20 or later",
        ),
    ] {
        let run = finish(command(&folder.0, &words).env("PATH", &path).env_remove("CARGO"));
        assert!(!run.success && run.output.starts_with(sentence), "{words:?}: {}", run.output);
        assert_eq!(run.output.lines().count(), 1, "{}", run.output);
    }
    fs::write(folder.path("Cargo.toml"), "[workspace]\nmembers = [\"functions/*\"]\nresolver = \"3\"\n[workspace.metadata.callable.run]\nenviroment = 1\n").unwrap();
    let run = finish(&mut command(&folder.0, &["--no-auth"]));
    assert!(run.output.contains("there is no setting enviroment"), "{}", run.output);
}
