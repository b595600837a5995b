//! The doc comment of a handler. The compiler does not put it into the program, so it is read from the source.

use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta};

/// The doc comment of the function with the path `handler`, as in `hello::handler::hello`; else that of its module.
/// `sources` is the folder `src` of its crate.
pub(super) fn of(sources: &Path, handler: &str) -> Option<String> {
    let path = handler.split("::{{closure}}").next()?.split('<').next()?;
    let (_, path) = path.split_once("::")?;
    let (modules, function) = path.rsplit_once("::").unwrap_or(("", path));
    let mut file = sources.join("main.rs");
    let mut folder = sources.to_owned();
    for module in modules.split("::").filter(|module| !module.is_empty()) {
        folder.push(module);
        let found = [folder.with_extension("rs"), folder.join("mod.rs")];
        let Some(found) = found.into_iter().find(|file| file.is_file()) else { break };
        file = found;
    }
    let parsed = syn::parse_file(&fs::read_to_string(file).ok()?).ok()?;
    text(attributes_of(&parsed.items, function).unwrap_or_default()).or_else(|| text(&parsed.attrs))
}

/// The attributes of a function of this name, free or of a type.
fn attributes_of<'a>(items: &'a [Item], function: &str) -> Option<&'a [Attribute]> {
    items.iter().find_map(|item| match item {
        Item::Fn(found) if found.sig.ident == function => Some(found.attrs.as_slice()),
        Item::Impl(block) => block.items.iter().find_map(|item| match item {
            ImplItem::Fn(found) if found.sig.ident == function => Some(found.attrs.as_slice()),
            _ => None,
        }),
        Item::Mod(module) => {
            module.content.as_ref().and_then(|(_, items)| attributes_of(items, function))
        }
        _ => None,
    })
}

/// The lines of the doc comment.
fn text(attributes: &[Attribute]) -> Option<String> {
    let line = |attribute: &Attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let Expr::Lit(value) = &pair.value else { return None };
        let Lit::Str(text) = &value.lit else { return None };
        let text = text.value();
        pair.path.is_ident("doc").then(|| text.strip_prefix(' ').unwrap_or(&text).to_owned())
    };
    let lines: Vec<_> = attributes.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_handler_is_described_by_its_doc_comment_else_by_that_of_its_module() {
        let folder = std::env::temp_dir().join(format!("docs-of-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        let source = "//! The module.\n\n/// Greets.\n///\n/// Twice.\n#[inline]\nasync fn hello() {}\nfn plain() {}\n\
                      struct State;\nimpl State {\n    /// Stores.\n    async fn store(self) {}\n}\n";
        std::fs::write(folder.join("handler.rs"), source).unwrap();
        std::fs::write(folder.join("deep/mod.rs"), "/// Deep.\nfn deep() {}\n").unwrap();
        std::fs::write(folder.join("main.rs"), "/// Main.\nfn main() {}\nfn bare() {}\n").unwrap();
        for (handler, expected) in [
            ("hello::handler::hello", Some("Greets.\n\nTwice.")),
            ("hello::handler::State::store", Some("Stores.")),
            ("hello::handler::hello<hello::state::State>", Some("Greets.\n\nTwice.")),
            ("hello::handler::plain", Some("The module.")),
            ("hello::handler::callable::{{closure}}", Some("The module.")),
            ("hello::deep::deep", Some("Deep.")),
            ("hello::main", Some("Main.")),
            ("hello::bare", None),
            ("hello", None),
        ] {
            assert_eq!(of(&folder, handler).as_deref(), expected, "{handler}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
