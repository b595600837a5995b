//! A soak: one process of each host under calls for minutes, with keys that rotate and some hostile traffic. No verdict may
//! be wrong, no answer may be missing, and neither memory nor open files may grow. `SOAK_SECONDS` is how long it takes:
//! three minutes in `make test`, an hour in `make soak`.

use std::{
    collections::VecDeque,
    env, fs,
    time::{Duration, Instant},
};

use shared::testing::TestKeys;
use tokio::time::{MissedTickBehavior, interval};

use crate::support::{
    PROJECT,
    event::Event,
    key_issuer::KeyIssuer,
    now,
    plain_server::{PlainServer, rest},
    process::{Process, shipped},
    runtime_api::{Deadline, RuntimeApi},
    say,
};

/// A key is published, and the oldest withdrawn, so often.
const ROTATION: Duration = Duration::from_secs(2);
/// As many keys as the issuer has at a time. A function accepts 32.
const KEYS: usize = 30;
/// A key signs once it has been published for so long, because a function looks for an unknown key at most every 30
/// seconds.
const PUBLISHED_FOR: Duration = Duration::from_secs(31);
/// The time between two calls of one host. Short, and not so short that other tests have no processor.
const PACE: Duration = Duration::from_millis(5);
/// One call in so many is hostile.
const HOSTILE: usize = 100;
/// How much more memory the last third of the run may take than the second, in KiB: what the allocator moves anyway.
const NOISE: usize = 512;

/// The keys of the issuer, the oldest first, and when each was published.
struct Ring(VecDeque<(TestKeys, Instant)>);

impl Ring {
    fn new() -> Self {
        let long_ago = Instant::now().checked_sub(PUBLISHED_FOR).unwrap();
        Self((0..KEYS).map(|n| (TestKeys::fresh(&format!("key-{n}")), long_ago)).collect())
    }

    fn publish(&self, issuer: &KeyIssuer) {
        issuer.now_has(&self.0.iter().map(|(keys, _)| keys).collect::<Vec<_>>());
    }

    fn rotate(&mut self, new: TestKeys, issuer: &KeyIssuer) {
        self.0.pop_front();
        self.0.push_back((new, Instant::now()));
        self.publish(issuer);
    }

    /// The newest key that signs.
    fn signing(&self) -> &TestKeys {
        let old_enough =
            |(_, published): &&(TestKeys, Instant)| published.elapsed() >= PUBLISHED_FOR;
        &self.0.iter().rfind(old_enough).unwrap().0
    }
}

/// The token and the body of the `n`th call, and the status and a part of the answer that it must get.
fn call(n: usize, ring: &Ring, forger: &TestKeys) -> (String, String, u64, String) {
    let keys = ring.signing();
    let (uid, time) = (format!("ada-{n}"), now());
    let good = keys.id_token(PROJECT, &uid, time);
    let body = format!(r#"{{"data":{{"text":"{n}"}}}}"#);
    if !n.is_multiple_of(HOSTILE) {
        let expected = format!("'{n}' from user {uid}");
        return (good.sign(), body, 200, expected);
    }
    let refused = "\"UNAUTHENTICATED\"".to_owned();
    let (deep, invalid) = ("[".repeat(400), "\"INVALID_ARGUMENT\"".to_owned());
    match n / HOSTILE % 7 {
        0 => (
            forger.id_token(PROJECT, &uid, time).header("kid", keys.kid()).sign(),
            body,
            401,
            refused,
        ),
        1 => (good.unsigned(), body, 401, refused),
        2 => (keys.id_token(PROJECT, &uid, time - 7200).sign(), body, 401, refused),
        3 => (keys.id_token("another-app", &uid, time).sign(), body, 401, refused),
        4 => (
            forger.id_token(PROJECT, &uid, time).header("kid", format!("made-up-{n}")).sign(),
            body,
            401,
            refused,
        ),
        5 => (good.sign(), format!(r#"{{"data":{deep}"#), 400, invalid),
        _ => (good.sign(), "x".repeat(200 << 10), 400, invalid),
    }
}

/// One host with its process.
enum Host {
    Lambda(RuntimeApi, Process),
    Plain(PlainServer),
}

impl Host {
    fn name(&self) -> &'static str {
        match self {
            Self::Lambda(..) => "Lambda",
            Self::Plain(..) => "plain HTTP",
        }
    }

    fn process(&self) -> &Process {
        match self {
            Self::Lambda(_, process) => process,
            Self::Plain(server) => &server.process,
        }
    }

    async fn answer(&self, token: &str, body: String) -> (u64, String) {
        match self {
            Self::Lambda(api, _) => {
                let event = Event::function_url(&body).bearer(token);
                let answer = api.answer_before(&event, Deadline::Absurd).await;
                (answer.status, answer.body)
            }
            Self::Plain(server) => {
                let length = body.len();
                let head = format!(
                    "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
                     authorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n"
                );
                let mut stream = server.send(head + &body).await;
                let answer = rest(&mut stream).await;
                let status = answer.split(' ').nth(1).unwrap_or_default();
                (status.parse().unwrap_or_default(), answer)
            }
        }
    }

    /// Memory in KiB, and open files.
    fn size(&self) -> (usize, usize) {
        let folder = format!("/proc/{}", self.process().id());
        let status = fs::read_to_string(format!("{folder}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let memory = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        (memory, fs::read_dir(format!("{folder}/fd")).unwrap().count())
    }
}

#[tokio::test]
async fn under_calls_for_minutes_no_verdict_is_wrong_no_answer_is_missing_and_nothing_grows() {
    let seconds = env::var("SOAK_SECONDS").map_or(180, |seconds| seconds.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let (issuer, mut ring, forger) =
        (KeyIssuer::silent().await, Ring::new(), TestKeys::fresh("forger"));
    ring.publish(&issuer);
    issuer.speak();
    let api = RuntimeApi::start().await;
    let keys = ("FIREBASE_ID_TOKEN_KEYS_URL", &*issuer.url);
    let process = api.function(shipped(), &[("FIREBASE_PROJECT_ID", PROJECT), keys]);
    let plain = PlainServer::start(shipped(), &[keys]).await;
    let hosts = [Host::Lambda(api, process), Host::Plain(plain)];

    let mut sizes: [Vec<(usize, usize)>; 2] = Default::default();
    let (mut calls, mut hostile) = (0, 0);
    let mut rotation = Instant::now();
    let mut made = KEYS;
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        pace.tick().await;
        if rotation.elapsed() >= ROTATION {
            rotation = Instant::now();
            let kid = format!("key-{made}");
            made += 1;
            // On another thread, because generating a key takes longer than many calls.
            let new = tokio::task::spawn_blocking(move || TestKeys::fresh(&kid)).await.unwrap();
            ring.rotate(new, &issuer);
            for (host, sizes) in hosts.iter().zip(&mut sizes) {
                sizes.push(host.size());
            }
        }
        let (token, body, status, part) = call(calls, &ring, &forger);
        hostile += usize::from(status != 200);
        let got =
            tokio::join!(hosts[0].answer(&token, body.clone()), hosts[1].answer(&token, body));
        for (host, (got, text)) in hosts.iter().zip([got.0, got.1]) {
            assert!(
                got == status && text.contains(&part),
                "{}, call {calls}: {got} {text}, not {status} {part}",
                host.name()
            );
        }
        calls += 1;
    }
    let rotations = made - KEYS;
    for (host, sizes) in hosts.iter().zip(&sizes) {
        let third = sizes.len() / 3;
        let most = |sizes: &[(usize, usize)]| {
            let memory = sizes.iter().map(|(memory, _)| *memory).max().unwrap();
            (memory, sizes.iter().map(|(_, files)| *files).max().unwrap())
        };
        let (before, after) = (most(&sizes[third..2 * third]), most(&sizes[2 * third..]));
        say(&format!(
            "SOAK {}: {calls} calls in {seconds} s, {hostile} of them hostile, {rotations} rotations, {} fetches by both; memory {} KiB, \
             then {} KiB; files {}, then {}",
            host.name(),
            issuer.requests(),
            before.0,
            after.0,
            before.1,
            after.1
        ));
        assert!(after.0 <= before.0 + NOISE, "{}: memory grows: {sizes:?}", host.name());
        assert!(after.1 <= before.1, "{}: files stay open: {sizes:?}", host.name());
    }
}
