//! The clients' files: types, and the lines that call.

mod code;
mod dart;
mod identifiers;
mod kotlin;
mod swift;
mod typescript;

use std::path::Path;

use super::model::{Integer, Model, Named, Type, is_taken, pascal};
use super::settings::Language;

/// The text of the file `path` in a language.
pub(super) fn text(language: Language, model: &Model, path: &Path) -> String {
    match language {
        Language::TypeScript => typescript::text(model),
        Language::Swift => swift::text(model),
        Language::Kotlin => kotlin::text(model, path),
        Language::Dart => dart::text(model),
    }
}

/// The first line of each file.
const HEADER: &str =
    "Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.";

/// What a reader must know of the 64-bit integers in a type, if `inexact` is what the language does with them.
fn remark(
    ty: &Type,
    inexact: impl Fn(Integer) -> Option<&'static str> + Copy,
) -> Option<&'static str> {
    match ty {
        Type::Integer(integer) => inexact(*integer),
        Type::List(item) | Type::Map(item) | Type::Optional(item) => remark(item, inexact),
        Type::Tuple(items) => items.iter().find_map(|item| remark(item, inexact)),
        _ => None,
    }
}

/// The numbers of items of the tuples in these types, in order.
fn arities<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<usize> {
    fn gather(ty: &Type, found: &mut Vec<usize>) {
        match ty {
            Type::Tuple(items) => {
                found.push(items.len());
                items.iter().for_each(|item| gather(item, found));
            }
            Type::List(item) | Type::Map(item) | Type::Optional(item) => gather(item, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    types.for_each(|ty| gather(ty, &mut found));
    found.sort_unstable();
    found.dedup();
    found
}

/// Names for the variants of a union as types within it. None of them hides another type.
fn nested_names<T>(model: &Model, variants: &[Named<T>]) -> Vec<String> {
    let free = |name: String| {
        if model.definitions.contains_key(&name) || is_taken(&name) {
            format!("{name}Case")
        } else {
            name
        }
    };
    types_of_texts(variants).into_iter().map(free).collect()
}

/// `dark-green` is `DarkGreen`. No two are the same.
fn types_of_texts<T>(texts: &[Named<T>]) -> Vec<String> {
    identifiers::unique(texts.iter().map(|text| text.name.as_str()), |name| pascal(&name))
}
