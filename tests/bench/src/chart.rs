//! The chart of docs/performance.md, drawn from the figures: cold start and warm call of every target.

use std::{fmt::Write, fs, path::Path};

use serde_json::{Map, Value};

use crate::process::Target;

const WIDTH: f64 = 760.0;
const LABELS: f64 = 190.0;
const ROW: f64 = 26.0;
const PANELS: [(&str, &str); 2] = [
    ("first answer ms, near", "First answer after start, ms (key endpoint near)"),
    ("fresh token: p50 µs", "Warm call with a token not seen before, p50, µs"),
];

/// Writes `target/bench.svg`, of which `docs/performance.svg` is a copy. The scale is logarithmic, because on a linear one
/// the slowest target would make all other bars equally short.
pub(crate) fn draw(targets: &[Target], medians: &Map<String, Value>) {
    let mut svg = String::new();
    let height = PANELS.len() as f64 * (targets.len() as f64 * ROW + 56.0);
    let label = PANELS.map(|(_, title)| title).join("; ");
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{label}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <style>text{{fill:#24292f}}.peer{{fill:#8c959f}}.ours{{fill:#0969da}}\
         @media (prefers-color-scheme:dark){{text{{fill:#e6edf3}}.peer{{fill:#6e7681}}.ours{{fill:#4493f8}}}}\
         </style>\n"
    )
    .unwrap();
    let mut y = 24.0;
    for (name, title) in PANELS {
        let of = |target: &Target| medians.get(name).and_then(|row| row.get(target.name)?.as_f64());
        let values: Vec<f64> = targets.iter().filter_map(of).collect();
        let (least, most) = (
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(0.0, f64::max),
        );
        writeln!(svg, "<text x=\"0\" y=\"{y}\" font-weight=\"600\">{title}, logarithmic</text>")
            .unwrap();
        y += 12.0;
        for target in targets {
            let Some(value) = of(target) else { continue };
            let part = ((value / least).ln() / (most / least).ln() + 0.1) / 1.1;
            let bar = part * (WIDTH - LABELS - 70.0);
            let class = if target.name == crate::targets::OURS { "ours" } else { "peer" };
            writeln!(
                svg,
                "<text x=\"0\" y=\"{:.0}\">{}</text><rect class=\"{class}\" x=\"{LABELS}\" y=\"{y:.0}\" \
                 width=\"{bar:.0}\" height=\"18\"/><text x=\"{:.0}\" y=\"{:.0}\">{}</text>",
                y + 14.0,
                target.name,
                LABELS + bar + 8.0,
                y + 14.0,
                crate::report::short(value),
            )
            .unwrap();
            y += ROW;
        }
        y += 44.0;
    }
    svg.push_str("</svg>\n");
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench.svg"), svg).unwrap();
}
