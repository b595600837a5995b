//! Which names a new function may have.

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Names of cargo's own folders below target/, and of crates that a package of that name would shadow.
const TAKEN: [&str; 11] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "shared",
    "std",
    "test",
    "tests",
];

const KEYWORDS: [&str; 43] = [
    "as", "async", "await", "box", "break", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match",
    "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    "true", "try", "type", "unsafe", "use", "where", "while", "yield", "final",
];

const LONGEST: usize = 40;

/// Refuses names that cargo, Rust or this project cannot have.
pub(crate) fn check(name: &str, public_name: &str, workspace: &Workspace) -> Outcome<()> {
    check_folder(name, workspace)?;
    check_public(public_name, workspace)
}

/// Refuses names for one of several callables in a program: its module cannot have them, or another callable has them.
pub(crate) fn check_member(name: &str, public_name: &str, workspace: &Workspace) -> Outcome<()> {
    check_form(name)?;
    if name == "main" {
        return Err(Failure::new("main is the program's own module: choose another name"));
    }
    check_public(public_name, workspace)
}

/// Refuses names that a folder of functions/ cannot have.
pub(crate) fn check_folder(name: &str, workspace: &Workspace) -> Outcome<()> {
    let refuse = |sentence: String| Err(Failure::new(sentence));
    check_form(name)?;
    if workspace.root.join("functions").join(name).exists()
        || workspace.names.iter().any(|taken| taken == name)
    {
        return refuse(format!(
            "{name} is taken: choose another name, or remove it with cargo callable remove {name}"
        ));
    }
    Ok(())
}

fn check_form(name: &str) -> Outcome<()> {
    let refuse = |sentence: String| Err(Failure::new(sentence));
    if !is_folder_name(name) {
        return refuse(format!(
            "{name:?} is not a name for a function: write it in lower case with hyphens, as in cargo callable add send-invoice"
        ));
    }
    if name.len() > LONGEST {
        return refuse(format!("{name} is too long: {LONGEST} characters are enough"));
    }
    if TAKEN.contains(&name) || KEYWORDS.contains(&name) {
        return refuse(format!(
            "{name} is a reserved name in Rust, cargo or this workspace: choose another name"
        ));
    }
    Ok(())
}

fn check_public(public_name: &str, workspace: &Workspace) -> Outcome<()> {
    let has = |names: &[String]| names.iter().any(|name| name == public_name);
    match workspace.functions.iter().find(|function| has(&function.names)) {
        None => Ok(()),
        Some(other) => Err(Failure::new(format!(
            "functions/{} has the public name {public_name} already: choose another name, or another --public-name",
            other.folder
        ))),
    }
}

/// Words of lower-case letters and digits, with hyphens between them, as in `send-invoice`.
fn is_folder_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::is_folder_name;

    #[test]
    fn a_folder_name_has_words_in_lower_case_with_hyphens_between_them() {
        for name in ["a", "send-invoice", "a2", "a-2"] {
            assert!(is_folder_name(name), "{name}");
        }
        for name in [
            "",
            "sendInvoice",
            "send_invoice",
            "2fast",
            "-a",
            "a-",
            "a--b",
            "../x",
            "a b",
            "a'b",
            "ä",
            "A",
            "a/b",
        ] {
            assert!(!is_folder_name(name), "{name}");
        }
    }
}
