//! `make bench`: compares the shipped callable with programs that users would write instead. All targets are measured
//! in one run, interleaved, and every answer is checked. Prints tables of medians and of ratios; writes them to
//! `target/bench.json`. docs/performance.md lists the options.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a program for measuring: it ends when it cannot set something up"
)]

mod certificates;
mod chart;
mod cold;
mod concurrent;
mod copies;
mod data;
mod events;
mod instructions;
mod key_server;
mod process;
mod processors;
mod records;
mod report;
mod runtime_api;
mod stats;
mod targets;
mod verification;
mod warm;

use std::{collections::BTreeMap, path::Path};

use stats::Sample;

/// Figures by name and target.
pub(crate) type Figures = BTreeMap<(String, &'static str), Sample>;

const ROUNDS: usize = 5;
const STARTS_PER_ROUND: usize = 4;
const CALLS_PER_ROUND: usize = 400;
/// The factor by which more starts are measured with and without a secret. The two differ by a tenth of a millisecond,
/// too little for a few starts to show.
const SECRET_STARTS: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, folder] = &arguments[..]
        && option == "--certificates"
    {
        certificates::make(Path::new(folder));
        return;
    }
    if let [option, work, times] = &arguments[..]
        && option == records::OPTION
    {
        records::run(work, times.parse().unwrap());
        return;
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (starts, calls) = if quick { (2, 100) } else { (STARTS_PER_ROUND, CALLS_PER_ROUND) };
    let value = |option: &str| {
        let index = arguments.iter().position(|argument| argument == option)?;
        arguments.get(index + 1)
    };
    let asked = value("--rounds").and_then(|rounds| rounds.parse().ok());
    let only_instructions = arguments.iter().any(|argument| argument == "--instructions");
    let rounds = match asked {
        _ if only_instructions => 0,
        Some(rounds) => rounds,
        None if quick => 1,
        None => ROUNDS,
    };
    let warm = arguments.iter().any(|argument| argument == "--warm");
    let only = value("--only");
    let ends = cold::Ends::start();
    if arguments.iter().any(|argument| argument == "--data") {
        data::measure(&ends);
        return;
    }
    if arguments.iter().any(|argument| argument == "--keys") {
        return copies::measure(&targets::ours(), &ends);
    }
    if arguments.iter().any(|argument| argument == "--concurrent") {
        return concurrent::measure(&targets::ours(), &ends);
    }
    let mut targets = targets::all();
    targets.retain(|target| only.is_none_or(|name| name == target.name));
    let mut figures = Figures::new();
    for round in 1..=rounds {
        println!("round {round} of {rounds} …");
        verification::measure(&mut figures);
        for target in &targets {
            println!("  {}", target.name);
            if !warm {
                cold::measure(target, &ends, starts, &mut figures);
            }
            warm::measure(target, &ends.near, calls, &mut figures);
        }
        if !warm {
            cold::measure_with_secret(&ends, starts * SECRET_STARTS, &mut figures);
            warm::measure_stream(&ends.plain, calls / 20, &mut figures);
        }
    }
    if !warm {
        instructions::measure(&targets, &ends.near, &mut figures);
    }
    report::print(&targets, &figures);
}
