//! Configuration from variables: the defaults, and one sentence for each variable that is missing or cannot be used.

use std::time::Duration;

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, StartError> {
    Config::read(|name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn needs_the_project_and_nothing_else() {
    let config = read(&[(PROJECT_ID, "my-app")]).unwrap();
    assert_eq!(config.project_id, "my-app");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.response_mode, ResponseMode::Buffered);
    assert_eq!(config.concurrency, 1);
    assert!(config.allowed_origins.is_none());
    assert!(config.runtime_api.is_none() && !config.on_real_lambda);
}

#[test]
fn says_in_one_sentence_what_is_missing_or_wrong() {
    let cases: [(&[(&str, &str)], &str); 21] = [
        (&[], "FIREBASE_PROJECT_ID is not set: "),
        (&[(PROJECT_ID, "")], "FIREBASE_PROJECT_ID is not set: "),
        (&[(PROJECT_ID, "My App")], "FIREBASE_PROJECT_ID is not a project id: "),
        (
            &[(ID_TOKEN_KEYS_URL, "http://keys.example.com/jwks")],
            "FIREBASE_ID_TOKEN_KEYS_URL cannot be used: ",
        ),
        (
            &[(ALLOWED_ORIGINS, "https://a.example/")],
            "ALLOWED_ORIGINS cannot be used: \"https://a.example/\"",
        ),
        (&[(APP_CHECK_KEYS_URL, "keys")], "FIREBASE_APP_CHECK_KEYS_URL cannot be used: "),
        (&[(PROJECT_NUMBER, "my-app")], "FIREBASE_PROJECT_NUMBER is not a project number: "),
        (&[(RESPONSE_MODE, "streaming")], "CALLABLE_RESPONSE_MODE must be buffered or stream: "),
        (&[("HOST", "localhost")], "HOST is not an IP address: "),
        (&[("HOST", "x86_64-conda-linux-gnu")], "HOST is not an IP address: "),
        (&[("PORT", "65536")], "PORT is not a port: "),
        (&[("PORT", "abc")], "PORT is not a port: set it to a number from 0 to 65535"),
        (&[("MAX_CONNECTIONS", "0")], "MAX_CONNECTIONS is not a number of connections: "),
        (&[("MAX_CONNECTIONS", "many")], "MAX_CONNECTIONS is not a number of connections: "),
        (
            &[("REQUEST_TIMEOUT_SECONDS", "0")],
            "REQUEST_TIMEOUT_SECONDS is not a number of seconds: ",
        ),
        (
            &[("REQUEST_TIMEOUT_SECONDS", "3601")],
            "REQUEST_TIMEOUT_SECONDS is not a number of seconds: ",
        ),
        (&[("IDLE_TIMEOUT_SECONDS", "1.5")], "IDLE_TIMEOUT_SECONDS is not a number of seconds: "),
        (
            &[(MAX_BODY_BYTES, "0")],
            "MAX_BODY_BYTES is not a number of bytes from 1 to 1073741824: ",
        ),
        (
            &[(MAX_BODY_BYTES, "1e6")],
            "MAX_BODY_BYTES is not a number of bytes from 1 to 1073741824: ",
        ),
        (
            &[(MAX_BODY_BYTES, "-1")],
            "MAX_BODY_BYTES is not a number of bytes from 1 to 1073741824: ",
        ),
        (
            &[(MAX_BODY_BYTES, "1073741825")],
            "MAX_BODY_BYTES is not a number of bytes from 1 to 1073741824: ",
        ),
    ];
    for (variables, expected) in cases {
        let mut all = variables.to_vec();
        if !matches!(variables, [] | [(PROJECT_ID, _)]) {
            all.push((PROJECT_ID, "my-app"));
        }
        let sentence = read(&all).unwrap_err().to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
        assert!(!sentence.contains('\n'));
    }
}

#[test]
fn names_every_variable_that_is_missing_or_wrong_at_once() {
    let wrong = [
        (PROJECT_NUMBER, "x"),
        (ALLOWED_ORIGINS, "x"),
        (RESPONSE_MODE, "x"),
        ("HOST", "x"),
        ("PORT", "x"),
        ("MAX_CONNECTIONS", "x"),
        ("IDLE_TIMEOUT_SECONDS", "x"),
        (MAX_BODY_BYTES, "x"),
    ];
    let problems = read(&wrong).unwrap_err();
    let named: Vec<_> =
        problems.sentences().iter().map(|sentence| sentence.split(' ').next().unwrap()).collect();
    let all: Vec<_> = [PROJECT_ID].into_iter().chain(wrong.map(|(name, _)| name)).collect();
    assert_eq!(named, all);
}

#[test]
fn refuses_values_that_no_token_and_no_header_could_match() {
    let of = |variable: &'static str, value: &str| {
        read(&[(variable, value), (PROJECT_ID, "my-app")]).map(|_| ()).map_err(|error| {
            let sentence = error.to_string();
            assert!(sentence.starts_with(variable) && !sentence.contains('\n'), "{sentence}");
        })
    };
    let project = "my-app.example.com:my-app";
    for (variable, good, bad) in [
        (
            PROJECT_ID,
            &["my-app", "demo-app", project, "a1", "3m.com:x"][..],
            &["123456789012", "My-App", "my_app", " my-app", "my-app\n", "-my-app", "my-app-"][..],
        ),
        (
            PROJECT_NUMBER,
            &["1", "123456789012"],
            &["0123", "0", "+1", "1 ", "12a", "projects/1", "123456789012345678901"],
        ),
        (
            ID_TOKEN_KEYS_URL,
            &["https://keys.example.com/jwks", "http://localhost:9/jwks"],
            &["https://keys.example.com:70000/", "keys.example.com", "https://a b/", " https://a/"],
        ),
        (
            ALLOWED_ORIGINS,
            &["", "*", "https://a.example , https://*.b.example:8443", "null,https://a.example"],
            &[
                "https://a.example/",
                "a.example",
                "https://A.example",
                "https://a.example:443",
                "*,https://a.example",
                "https://a.*.example",
                "https://a.example;https://b.example",
            ],
        ),
    ] {
        for value in good {
            assert_eq!(of(variable, value), Ok(()), "{variable}={value}");
        }
        for value in bad {
            assert_eq!(of(variable, value), Err(()), "{variable}={value}");
        }
    }
}

#[test]
fn the_plain_hosts_limits_are_those_of_its_variables_or_the_defaults() {
    let limits = |variables: &[(&str, &str)]| {
        let mut all = variables.to_vec();
        all.push((PROJECT_ID, "p"));
        let http = read(&all).unwrap().http;
        let seconds = |time: Duration| time.as_secs();
        (http.max_connections, seconds(http.request_timeout), seconds(http.idle_timeout))
    };
    let set = [
        ("MAX_CONNECTIONS", "7"),
        ("REQUEST_TIMEOUT_SECONDS", "3600"),
        ("IDLE_TIMEOUT_SECONDS", "1"),
    ];
    assert_eq!(limits(&[]), (None, 300, 75));
    assert_eq!(limits(&set), (Some(7), 3600, 1));
}

#[test]
fn a_wrong_variable_of_the_plain_host_does_not_stop_a_function_under_lambda() {
    for (name, value) in [
        ("HOST", "x86_64-conda-linux-gnu"),
        ("PORT", "abc"),
        ("MAX_CONNECTIONS", "many"),
        ("REQUEST_TIMEOUT_SECONDS", "long"),
        ("IDLE_TIMEOUT_SECONDS", "long"),
    ] {
        assert!(read(&[(PROJECT_ID, "p"), (name, value)]).is_err(), "{name}");
        let under_lambda =
            [(PROJECT_ID, "p"), ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), (name, value)];
        assert!(read(&under_lambda).is_ok(), "{name}");
    }
}

const RUNTIME: (&str, &str) = (RUNTIME_API, "169.254.100.1:9001");

#[test]
fn the_endpoint_of_a_web_function_is_where_it_listens_whatever_else_is_set() {
    let listens = |endpoint: &'static str| {
        let others = [("HOST", "x86_64-conda-linux-gnu"), ("PORT", "abc"), RUNTIME];
        let all = [&others[..], &[(PROJECT_ID, "p"), (HTTP_ENDPOINT, endpoint)]].concat();
        let config = read(&all).map_err(|error| error.to_string())?;
        assert!(config.runtime_api.is_none(), "it waits for events that do not come");
        assert_eq!(config.http.platform, Platform::WebFunction);
        Ok::<_, String>(config.listen.to_string())
    };
    for (endpoint, address) in [
        ("0.0.0.0:3000", "0.0.0.0:3000"),
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("localhost:3000", "127.0.0.1:3000"),
        ("[::1]:3000", "[::1]:3000"),
    ] {
        assert_eq!(listens(endpoint).as_deref(), Ok(address));
    }
    for wrong in ["3000", ":3000", "0.0.0.0", "0.0.0.0:65536", "http://0.0.0.0:3000", "example:1"] {
        let sentence = listens(wrong).unwrap_err();
        let expected = "AWS_LAMBDA_HTTP_ENDPOINT is not an IP address and a port: set it to ";
        assert!(sentence.starts_with(expected) && !sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn an_empty_endpoint_is_none() {
    let config = read(&[(PROJECT_ID, "p"), (HTTP_ENDPOINT, ""), RUNTIME, ("PORT", "abc")]).unwrap();
    assert_eq!(config.runtime_api.as_deref(), Some(RUNTIME.1));
    assert_eq!(config.http.platform, Platform::Container);
}

#[test]
fn a_web_function_has_the_times_of_its_platform_until_its_variables_say_otherwise() {
    let times = |variables: &[(&str, &str)]| {
        let web = [(PROJECT_ID, "p"), (HTTP_ENDPOINT, "127.0.0.1:0")];
        let config = read(&[&web[..], variables].concat()).unwrap();
        (config.start_limit.as_secs(), config.http.request_timeout.as_secs())
    };
    let initialization = (INITIALIZATION_TYPE, "native-http");
    assert_eq!(times(&[]), (9, 30));
    assert_eq!(times(&[RUNTIME, initialization]), (9, 30));
    assert_eq!(times(&[("REQUEST_TIMEOUT_SECONDS", "900")]), (9, 900));
}

#[test]
fn an_empty_variable_counts_as_unset_except_for_the_allowed_origins() {
    let config = read(&[
        (PROJECT_ID, "p"),
        (ID_TOKEN_KEYS_URL, ""),
        (RESPONSE_MODE, ""),
        (ALLOWED_ORIGINS, ""),
    ])
    .unwrap();
    assert_eq!(format!("{:?}", config.allowed_origins.unwrap()), "CorsOrigins(Off)");
}

#[test]
fn the_longest_body_is_a_number_of_bytes() {
    let limit = |variables: &[(&str, &str)]| {
        let mut all = variables.to_vec();
        all.push((PROJECT_ID, "p"));
        read(&all).unwrap().max_body_bytes
    };
    assert_eq!(limit(&[]), 32 << 20);
    assert_eq!(limit(&[(MAX_BODY_BYTES, "")]), 32 << 20);
    assert_eq!(limit(&[(MAX_BODY_BYTES, "1")]), 1);
    assert_eq!(limit(&[(MAX_BODY_BYTES, "1073741824")]), 1 << 30);
}

#[test]
fn tells_the_real_lambda_from_its_simulators() {
    let kind = |variables: &[(&str, &str)]| {
        let mut all = variables.to_vec();
        all.push((PROJECT_ID, "p"));
        let config = read(&all).unwrap();
        (config.runtime_api.is_some(), config.on_real_lambda)
    };
    let api = ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
    let initialization = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    assert_eq!(kind(&[api]), (true, false));
    assert_eq!(kind(&[api, initialization]), (true, true));
    assert_eq!(kind(&[api, initialization, ("AWS_SAM_LOCAL", "true")]), (true, false));
    assert_eq!(kind(&[api, initialization, ("AWS_SAM_LOCAL", "1")]), (true, true));
}

#[test]
fn lists_variables_of_a_local_run_that_are_set() {
    let config = read(&[
        (PROJECT_ID, "p"),
        ("FIREBASE_DEBUG_MODE", "true"),
        ("FUNCTIONS_EMULATOR", ""),
        ("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099"),
    ])
    .unwrap();
    assert_eq!(config.local_run_variables, ["FIREBASE_AUTH_EMULATOR_HOST", "FIREBASE_DEBUG_MODE"]);
}
