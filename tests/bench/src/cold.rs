//! Cold starts: the times from the start of a fresh process to its first poll and to its first answer.

use std::time::Duration;

use crate::{
    Figures, certificates,
    events::Kind,
    key_server,
    process::{Share, Target},
    runtime_api::RuntimeApi,
    targets,
};

/// Key endpoints with several latencies, and shares of a processor.
pub(crate) struct Ends {
    pub(crate) near: String,
    /// As near as `near`, but without TLS.
    pub(crate) plain: String,
    pub(crate) away: String,
    pub(crate) down: String,
    shares: Vec<(u64, Share)>,
}

impl Ends {
    /// A server that answers every request with this document.
    pub(crate) fn mirror(&self, document: String) -> String {
        key_server::start_mirror(certificates::server(&targets::certificates()), document)
    }

    /// The endpoints serve until the process ends.
    pub(crate) fn start() -> Self {
        let tls = certificates::server(&targets::certificates());
        let shares: Vec<_> =
            [128, 512].into_iter().filter_map(|mb| Some((mb, Share::of_memory(mb)?))).collect();
        if shares.is_empty() {
            println!("Shares of a processor are not measured: no control group can be made here.");
        }
        Self {
            near: key_server::start(tls.clone(), Duration::ZERO),
            plain: key_server::start_plain(),
            away: key_server::start(tls, Duration::from_millis(50)),
            down: key_server::down(),
            shares,
        }
    }
}

/// Adds the times of `starts` starts of each kind to `figures`.
pub(crate) fn measure(target: &Target, ends: &Ends, starts: usize, figures: &mut Figures) {
    for _ in 0..starts {
        start(target, "near", &ends.near, None, figures);
        start(target, "50 ms away", &ends.away, None, figures);
        start(target, "down", &ends.down, None, figures);
        for (mb, share) in &ends.shares {
            start(target, &format!("near, {mb} MB"), &ends.near, Some(share), figures);
        }
    }
}

fn start(target: &Target, keys: &str, url: &str, share: Option<&Share>, figures: &mut Figures) {
    let mut api = RuntimeApi::start();
    let event = Kind::FreshToken.event(0);
    let function = target.start_cold(&api.address(), url, share);
    let polled = api.first_poll() - function.started;
    let answer = api.invoke(&event);
    let answered = function.started.elapsed();
    if keys != "down" {
        target.check(Kind::FreshToken, &answer.body);
    }
    let mut put = |name: &str, value: Duration| {
        let sample = figures.entry((format!("{name} ms, {keys}"), target.name)).or_default();
        sample.push(value.as_secs_f64() * 1e3);
    };
    put("first poll", polled);
    put("first answer", answered);
}

/// Adds the times to the first poll of a function that needs Secrets Manager, and of a function that does not.
pub(crate) fn measure_with_secret(ends: &Ends, starts: usize, figures: &mut Figures) {
    let mut with = targets::shipped("exchange-clerk-token", "ours");
    with.env = [
        ("ALLOWED_ORIGINS", "https://app.example"),
        ("CLERK_ISSUER", "https://clerk.example.com"),
        ("CLERK_AUTHORIZED_PARTIES", "https://app.example"),
        (
            "FIREBASE_SERVICE_ACCOUNT_SECRET",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:service-account-AbCdEf",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let without = targets::shipped("return-authenticated-message", "ours");
    for _ in 0..starts {
        for (name, target) in [("with a secret", &with), ("without a secret", &without)] {
            let mut api = RuntimeApi::start();
            let function = target.start(&api.address(), &ends.plain, None);
            let polled = (api.first_poll() - function.started).as_secs_f64() * 1e3;
            let key = (format!("first poll ms, {name}"), target.name);
            figures.entry(key).or_default().push(polled);
        }
    }
}
