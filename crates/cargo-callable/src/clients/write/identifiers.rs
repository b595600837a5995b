//! Names of the wire as identifiers of a language.

use std::collections::BTreeSet;

use crate::clients::model::{Member, pascal, words};

/// `with-dash` and `WITH_DASH` are `withDash`.
pub(super) fn camel(name: &str) -> String {
    let mut words = words(name).into_iter();
    let first = words.next().unwrap_or_default();
    let small = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_lowercase())
            .into_iter()
            .chain(letters)
            .collect::<String>()
    };
    let rest: String = words.map(|word| pascal(&word)).collect();
    let name = format!("{}{rest}", small(&first));
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name
    } else {
        format!("n{name}")
    }
}

/// Identifiers for names of the wire, no two the same. `escape` makes one of a keyword.
pub(super) fn unique<'a>(
    names: impl Iterator<Item = &'a str>,
    escape: impl Fn(String) -> String,
) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let one = |name: &str| {
        let base = camel(name);
        let mut free = base.clone();
        for number in 2_u32.. {
            if taken.insert(free.clone()) {
                break;
            }
            free = format!("{base}{number}");
        }
        escape(free)
    };
    names.map(one).collect()
}

/// The identifiers of members.
pub(super) fn of_members(members: &[Member], escape: impl Fn(String) -> String) -> Vec<String> {
    unique(members.iter().map(|member| member.name.as_str()), escape)
}

/// A text in double quotes. `dollar` is how a `$` is written.
pub(super) fn quoted(text: &str, dollar: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|letter| match letter {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '$' => dollar.to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}
