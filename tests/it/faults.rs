//! Faults of what a function depends on, and of the machine under it, with the release binaries. Each row of the table in
//! docs/faults.md is a test here: during the fault no verdict is wrong and no call stays without an answer, and after it the
//! function answers as before.

mod clients;
mod issuer;
mod process;

use crate::support::{read, say};

/// The rows of the document: a fault, what callers see during it, and how the function recovers.
pub(crate) struct Row(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

impl Row {
    fn text(&self) -> String {
        format!("| {} | {} | {} |", self.0, self.1, self.2)
    }
}

#[test]
fn the_table_of_the_document_has_exactly_the_faults_that_are_tested() {
    let tested = [
        issuer::rows(),
        process::ROWS.iter().map(Row::text).collect(),
        clients::ROWS.iter().map(Row::text).collect(),
    ];
    let tested: Vec<String> = tested.concat();
    let document = read("docs/faults.md");
    let written: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| fault"))
        .collect();
    if written != tested {
        say(&format!("docs/faults.md should have these rows:\n{}", tested.join("\n")));
    }
    assert_eq!(written, tested);
}
