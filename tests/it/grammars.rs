//! The generated clients in Swift and Dart, whose compilers are not in the registries: each is parsed with the grammar of
//! its language. What a grammar does not know, such as types, is not checked.

use std::path::Path;

use tree_sitter::{Language, Node, Parser};

/// The lines that the grammar does not understand.
fn errors(language: &Language, text: &str) -> Vec<String> {
    fn gather(node: Node<'_>, text: &str, found: &mut Vec<String>) {
        if node.is_error() || node.is_missing() {
            let row = node.start_position().row;
            found.push(format!("line {}: {}", row + 1, text.lines().nth(row).unwrap_or_default()));
        }
        let mut cursor = node.walk();
        node.children(&mut cursor).for_each(|child| gather(child, text, found));
    }
    let mut parser = Parser::new();
    parser.set_language(language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut found = Vec::new();
    gather(tree.root_node(), text, &mut found);
    found
}

#[test]
fn the_swift_and_dart_clients_have_the_syntax_of_their_languages() {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("types/clients");
    let languages = [
        (
            "Callables.swift",
            Language::from(tree_sitter_swift::LANGUAGE),
            "public struct A { let a: }",
        ),
        ("callables.dart", Language::from(tree_sitter_dart::LANGUAGE), "final class A { ) }"),
    ];
    for (file, language, wrong) in languages {
        let text = std::fs::read_to_string(clients.join(file)).unwrap();
        assert_eq!(errors(&language, &text), Vec::<String>::new(), "{file}");
        assert_ne!(
            errors(&language, wrong),
            Vec::<String>::new(),
            "the grammar for {file} refuses nothing"
        );
    }
}
