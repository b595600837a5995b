//! The tables: medians, ratios to the other targets, and the greatest ratios (bars) that are promised.

use std::{fs, path::Path, process::Command};

use serde_json::{Map, Value, json};

use crate::{
    Figures, chart, instructions,
    process::Target,
    targets::{FLOOR, NAIVE, NODE, OURS},
    verification,
};

/// The promises of docs/performance.md: a figure, the greatest ratio to naive Rust, and the greatest ratio to the
/// reference (Node with firebase-functions).
const BARS: [(&str, f64, Option<f64>); 13] = [
    ("first answer ms, near", 0.12, Some(0.02)),
    ("first answer ms, near, 128 MB", 0.03, Some(0.02)),
    ("first answer ms, 50 ms away", 0.60, Some(0.12)),
    ("fresh token: p50 µs", 0.45, Some(0.15)),
    ("fresh token: CPU µs", 0.38, Some(0.10)),
    ("no token: p50 µs", 0.45, Some(0.15)),
    ("100 KB of ASCII: CPU µs", 0.60, Some(0.20)),
    ("100 KB with quotes and line ends: CPU µs", 0.60, Some(0.20)),
    ("100 KB with accents: CPU µs", 0.60, Some(0.20)),
    ("100 KB of records: CPU µs", 0.60, Some(0.20)),
    ("100 KB of numbers: CPU µs", 0.60, Some(0.20)),
    ("peak memory MiB", 0.75, Some(0.09)),
    ("artefact MB, zipped", 0.45, None),
];

pub(crate) fn print(targets: &[Target], figures: &Figures) {
    let mut medians: Map<String, Value> = Map::new();
    let mut names: Vec<&String> = figures.keys().map(|(name, _)| name).collect();
    names.dedup();
    let header: Vec<&str> = targets.iter().map(|target| target.name).collect();
    println!("\nMedians (half of the spread between quartiles):\n\n| | {} |", header.join(" | "));
    println!("|---|{}", "--:|".repeat(targets.len()));
    for name in names {
        let mut row = Map::new();
        let mut cells = Vec::new();
        for target in targets {
            let sample = figures.get(&(name.clone(), target.name));
            row.insert(target.name.to_owned(), json!(sample.map(crate::stats::Sample::median)));
            cells.push(sample.map_or("–".to_owned(), |sample| {
                format!("{} (±{:.0} %)", short(sample.median()), sample.spread() * 100.0)
            }));
        }
        println!("| {name} | {} |", cells.join(" | "));
        medians.insert(name.clone(), row.into());
    }
    for (name, size) in SIZES {
        let mut row = Map::new();
        let cells: Vec<String> = targets
            .iter()
            .map(|target| {
                let megabytes = size(&target.artefact) / 1e6;
                row.insert(target.name.to_owned(), json!(megabytes));
                short(megabytes)
            })
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
        medians.insert(name.to_owned(), row.into());
    }
    if let Some(noise) = figures.get(&(verification::NAME.to_owned(), OURS)) {
        let spread = noise.spread() * 100.0;
        println!(
            "\nNoise: {} is {} (±{spread:.0} %) from round to round; only the processor takes part.",
            verification::NAME,
            short(noise.median())
        );
    }

    println!(
        "\nOur figures as a fraction of the others', and the greatest promised ratio (bar):\n\n\
         | | to naive Rust | bar | to Node | bar | |"
    );
    println!("|---|--:|--:|--:|--:|---|");
    for (name, bar, node_bar) in BARS {
        let of = |target: &str| medians.get(name).and_then(|row| row.get(target)?.as_f64());
        let (Some(ours), Some(naive), Some(node)) = (of(OURS), of(NAIVE), of(NODE)) else {
            println!("| {name} | not measured | | | | |");
            continue;
        };
        // The spread of the ratio itself. Sizes do not have one.
        let spread = |target: &str| {
            let of = |target: &str| figures.iter().find(|((n, t), _)| n == name && *t == target);
            let ratios = of(OURS).zip(of(target)).map(|((_, ours), (_, theirs))| ours.by(theirs));
            ratios.map_or(String::new(), |ratios| format!(" (±{:.0} %)", ratios.spread() * 100.0))
        };
        let met = ours / naive <= bar && node_bar.is_none_or(|bar| ours / node <= bar);
        let node_cells = node_bar.map_or("– | –".to_owned(), |bar| {
            format!("{:.3}{} | {bar}", ours / node, spread(NODE))
        });
        println!(
            "| {name} | {:.3}{} | {bar} | {node_cells} | {} |",
            ours / naive,
            spread(NAIVE),
            if met { "met" } else { "NOT met" }
        );
    }
    own(&medians);
    print_instructions(&medians);
    chart::draw(targets, &medians);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench.json");
    fs::write(&file, serde_json::to_string_pretty(&medians).unwrap()).unwrap();
}

/// Bars for ratios between our own figures.
fn own(medians: &Map<String, Value>) {
    let of = |name: &str, target: &str| {
        medians.get(name).and_then(|row| row.get(target)?.as_f64()).unwrap_or(f64::NAN)
    };
    let limit = of("fresh token: p50 µs", FLOOR) + of(verification::NAME, OURS);
    let bars = [
        (
            "fresh token p50, to floor + one verification",
            of("fresh token: p50 µs", OURS) / limit,
            1.25,
        ),
        (
            "no token p50, to a constant answer",
            of("no token: p50 µs", OURS) / of("no token: p50 µs", FLOOR),
            1.0,
        ),
        (
            "first chunk of a stream, to a unary answer",
            of("stream: first chunk p50 µs", OURS) / of("stream: unary p50 µs", OURS),
            1.1,
        ),
        (
            "first poll with a secret, to one without",
            of("first poll ms, with a secret", OURS) / of("first poll ms, without a secret", OURS),
            1.1,
        ),
    ];
    println!("\n| | | bar | |\n|---|--:|--:|---|");
    for (name, ratio, bar) in bars {
        if ratio.is_nan() {
            println!("| {name} | not measured | | |");
            continue;
        }
        println!(
            "| {name} | {ratio:.2} | {bar} | {} |",
            if ratio <= bar { "met" } else { "NOT met" }
        );
    }
}

/// Ratios of the instructions per call, which decide where the times of two runs do not agree.
fn print_instructions(medians: &Map<String, Value>) {
    println!("\n| instructions per call | to naive Rust | to a constant answer |\n|---|--:|--:|");
    for kind in instructions::KINDS {
        let row = medians.get(&instructions::row(kind.name()));
        let of = |target: &str| row.and_then(|row| row.get(target)?.as_f64());
        let to = |target| {
            let ratio = of(OURS).zip(of(target)).map(|(ours, theirs)| ours / theirs);
            ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
        };
        println!("| {} | {} | {} |", kind.name(), to(NAIVE), to(FLOOR));
    }
}

/// The sizes of the deployed artefact, unpacked and zipped.
const SIZES: [(&str, fn(&Path) -> f64); 2] = [
    ("artefact MB", |artefact| packed(artefact, "cat")),
    ("artefact MB, zipped", |artefact| packed(artefact, "gzip -9")),
];

/// The bytes of a file or folder in an archive. gzip compresses like zip.
fn packed(artefact: &Path, through: &str) -> f64 {
    let script =
        format!("tar -cf - -C \"$(dirname \"$0\")\" \"$(basename \"$0\")\" | {through} | wc -c");
    let output = Command::new("sh").args(["-c", &script]).arg(artefact).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

pub(crate) fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
