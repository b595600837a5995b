//! The code that `docs/handlers.md` shows is compiled and run here, or in `tests/examples/handlers_*.rs`, whose programs
//! are started here.

mod errors;
mod firestore;
mod guards;
mod logging;
mod notes;
mod payments;
mod uploads;
mod validation;

use crate::support::{printed_by, read};

/// The files whose code the document shows.
fn sources() -> Vec<String> {
    let patterns = ["tests/examples/handlers_*.rs", "tests/it/handlers/*.rs"];
    let listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let files = printed_by("git", &[&listed[..], &patterns].concat());
    files.lines().map(read).collect()
}

#[test]
fn every_block_of_the_document_is_part_of_a_program_that_the_suite_runs() {
    let document = read("docs/handlers.md");
    let sources = sources();
    let blocks: Vec<&str> =
        document.split("```rust\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(blocks.len() > 10, "{}", blocks.len());
    for block in blocks {
        let lines = format!("\n{block}");
        assert!(sources.iter().any(|source| source.contains(&lines)), "nowhere:\n{block}");
    }
    assert!(document.lines().count() <= 250);
}
