//! Instructions of a start and of a call, if valgrind is installed. The load of the machine does not change these
//! figures.

use std::{fs, path::Path, process::Command};

use crate::{
    Figures, events::Kind, process::Target, records, runtime_api::RuntimeApi, targets::OURS,
};

const VALGRIND: &str = "/usr/bin/valgrind";
/// The first calls warm the process up; only the later ones are counted.
const WARM: usize = 20;
const COUNTED: usize = 100;
/// Structured calls take tens of millions of instructions, and so differ less from call to call.
const FEW: usize = 10;

/// The kinds of calls that are counted.
pub(crate) const KINDS: [Kind; 7] = [
    Kind::FreshToken,
    Kind::NoToken,
    Kind::Ascii,
    Kind::Lines,
    Kind::Accents,
    Kind::Records,
    Kind::Numbers,
];

/// The name of the figure in the report.
pub(crate) fn row(name: &str) -> String {
    format!("instructions, thousands: {name}")
}

/// Adds the figures of the Rust targets to `figures`.
pub(crate) fn measure(all: &[Target], url: &str, figures: &mut Figures) {
    if !Path::new(VALGRIND).exists() {
        println!("Instructions are not counted: valgrind is not installed.");
        return;
    }
    println!("counting instructions …");
    for target in all.iter().filter(|target| target.command.len() == 1) {
        let mut put = |name: &str, value: f64| {
            let key = (row(name), target.name);
            figures.entry(key).or_default().push(value / 1e3);
        };
        let start = count(target, url, None, 0);
        put("start", start);
        put("first call", count(target, url, Some(Kind::FreshToken), 1) - start);
        for kind in KINDS {
            let is_structured = Kind::STRUCTURED.contains(&kind);
            let program = if is_structured { target.structured() } else { Some(target.clone()) };
            let Some(program) = program else { continue };
            let (warm, counted) = if is_structured { (FEW, FEW) } else { (WARM, COUNTED) };
            let few = count(&program, url, Some(kind), warm);
            let many = count(&program, url, Some(kind), warm + counted);
            put(kind.name(), (many - few) / counted as f64);
        }
    }
    for work in records::WORK {
        let per_time = (count_records(work, 3) - count_records(work, 1)) / 2.0;
        let key = (row(&format!("{work} 1000 records")), OURS);
        figures.entry(key).or_default().push(per_time / 1e3);
    }
}

/// The number of instructions that this program itself takes to do `work` `times` times.
fn count_records(work: &str, times: usize) -> f64 {
    let output = Command::new(VALGRIND)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args([records::OPTION, work, &times.to_string()])
        .output()
        .unwrap();
    collected(&String::from_utf8(output.stderr).unwrap())
}

/// The number of instructions in callgrind's log.
fn collected(log: &str) -> f64 {
    let line = log.lines().find(|line| line.contains("Collected :")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn count(target: &Target, url: &str, kind: Option<Kind>, calls: usize) -> f64 {
    let log = std::env::temp_dir().join(format!("bench-callgrind-{}", std::process::id()));
    let mut watched = target.clone();
    let program = target.cold.as_ref().unwrap_or(&target.command);
    watched.command = vec![
        VALGRIND.to_owned(),
        "--tool=callgrind".to_owned(),
        "--callgrind-out-file=/dev/null".to_owned(),
        format!("--log-file={}", log.display()),
        program[0].clone(),
    ];
    watched.cold = None;
    // Our function fetches the keys at start, so its start is over when it has them. The others fetch them during the
    // first call.
    watched.is_read = target.name == OURS;
    let mut api = RuntimeApi::start();
    let mut function = watched.start(&api.address(), url, None);
    api.first_poll();
    if watched.is_read {
        function.until_it_has_keys();
    }
    for n in 0..calls {
        let kind = kind.unwrap_or(Kind::NoToken);
        target.check(kind, &api.invoke(&kind.event(n)).body);
    }
    let id = function.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    function.wait();
    collected(&fs::read_to_string(&log).unwrap())
}
