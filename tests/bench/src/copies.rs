//! `--keys`: the first answer to a signed-in caller, by where the function has its keys from: the issuer, a file in its
//! package, or a mirror in S3. The bar: with a copy, wherever the issuer is, 1.15 times as long as with the issuer near
//! at most.

use std::{fs, path::PathBuf, time::SystemTime};

use serde_json::{Value, json};
use shared::testing::TestKeys;

use crate::{cold::Ends, events::Kind, process::Target, runtime_api::RuntimeApi, stats::Sample};

const STARTS: usize = 200;
const BAR: f64 = 1.15;

/// The variables of a function, where its issuer is, and what both are together.
struct Case {
    what: &'static str,
    issuer: String,
    env: Vec<(String, String)>,
    answered: Sample,
}

pub(crate) fn measure(ours: &Target, ends: &Ends) {
    let mut cases = cases(ends);
    for _ in 0..STARTS {
        for case in &mut cases {
            let mut target = ours.clone();
            target.env.extend(case.env.clone());
            let mut api = RuntimeApi::start();
            let function = target.start_cold(&api.address(), &case.issuer, None);
            api.first_poll();
            let answer = api.invoke(&Kind::FreshToken.event(0));
            case.answered.push(function.started.elapsed().as_secs_f64() * 1e3);
            target.check(Kind::FreshToken, &answer.body);
        }
    }
    let near = cases[0].answered.median();
    println!("| keys | first answer, ms | to the issuer near | |\n|---|--:|--:|---|");
    for case in &cases {
        let answered = case.answered.median();
        let ratio = answered / near;
        let verdict = match (case.env.is_empty(), ratio <= BAR) {
            (true, _) => "",
            (false, true) => "met",
            (false, false) => "not met",
        };
        println!("| {} | {answered:.2} | {ratio:.2} | {verdict} |", case.what);
    }
}

fn cases(ends: &Ends) -> Vec<Case> {
    let case = |what, issuer: &str, env: Vec<(String, String)>| Case {
        what,
        issuer: issuer.to_owned(),
        env,
        answered: Sample::default(),
    };
    let (near, away, down) = (&ends.near, &ends.away, &ends.down);
    vec![
        case("issuer near", near, Vec::new()),
        case("issuer 50 ms away", away, Vec::new()),
        case("package; issuer near", near, baked("near", near)),
        case("package; issuer 50 ms away", away, baked("away", away)),
        case("package; issuer unreachable", down, baked("down", down)),
        case("mirror; issuer 50 ms away", away, mirrored(ends, away)),
        case("mirror; issuer unreachable", down, mirrored(ends, down)),
    ]
}

/// The copy of the key set at `source`, as fetched now.
fn copy(source: &str) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let keys = [TestKeys::shared().jwk()];
    json!({ "source": source, "fetched_at": now, "max_age": 21_600, "keys": keys })
}

fn baked(name: &str, source: &str) -> Vec<(String, String)> {
    let file: PathBuf = std::env::temp_dir().join(format!("bench-keys-{name}.json"));
    fs::write(&file, json!([copy(source)]).to_string()).unwrap();
    variables(&[("FIREBASE_KEYS_BAKED", file.to_str().unwrap())])
}

fn mirrored(ends: &Ends, source: &str) -> Vec<(String, String)> {
    let s3 = ends.mirror(copy(source).to_string());
    variables(&[
        ("FIREBASE_KEYS_MIRROR", "s3://my-keys/firebase-keys"),
        ("AWS_ENDPOINT_URL_S3", &s3),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "test"),
    ])
}

fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
