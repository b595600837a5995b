//! Swift: Codable types, and calls by the package FirebaseFunctions.

mod unions;

use super::code::{Code, with};
use super::identifiers::{of_members, quoted, unique};
use super::{HEADER, arities, remark};
use crate::clients::model::{Definition, Integer, Member, Model, Operation, Shape, Struct, Type};

/// A value of any JSON, and the value null: Swift has no Codable types for them.
const VALUES: &str = include_str!("swift/values.swift");

pub(super) fn text(model: &Model) -> String {
    let mut code = Code::new("    ");
    code.line(format!("// {HEADER}"));
    code.lines("import FirebaseFunctions\nimport Foundation");
    for (name, Definition { docs, shape }) in &model.definitions {
        code.blank();
        match shape {
            Shape::Struct(of) => structure(&mut code, model, name, docs, of),
            Shape::Texts(texts) => {
                code.slashes(docs);
                code.block(
                    format!("public enum {name}: String, Codable, Sendable, CaseIterable {{"),
                    "}",
                    |code| {
                        let names = unique(texts.iter().map(|text| text.name.as_str()), escape);
                        for (text, case) in texts.iter().zip(names) {
                            code.slashes(&text.docs);
                            code.line(format!("case {case} = {}", quoted(&text.name, "$")));
                        }
                    },
                );
            }
            Shape::Union(of) => unions::write(&mut code, model, name, docs, of),
            Shape::Alias(ty) => {
                code.slashes(docs);
                code.line(format!("public typealias {name} = {}", type_of(ty)));
            }
        }
    }
    code.blank();
    calls(&mut code, model);
    for arity in arities(model.types()) {
        code.blank();
        tuple(&mut code, arity);
    }
    code.blank();
    code.lines(VALUES);
    code.into_text()
}

/// A struct, or a class if it holds itself: a struct of Swift cannot.
fn structure(code: &mut Code, model: &Model, name: &str, docs: &[String], of: &Struct) {
    code.slashes(docs);
    let kind = if model.holds_itself(name) { "final class" } else { "struct" };
    code.block(format!("public {kind} {name}: Codable, Sendable {{"), "}", |code| {
        members(code, of)
    });
}

fn members(code: &mut Code, of: &Struct) {
    let names = of_members(&of.members, escape);
    for (member, name) in of.members.iter().zip(&names) {
        code.slashes(&with(&member.docs, remark(&member.ty, inexact)));
        code.line(format!("public let {name}: {}", member_type(member)));
    }
    if !of.members.is_empty() {
        code.blank();
    }
    let parameter = |(member, name): (&Member, &String)| {
        let ty = member_type(member);
        let usual = if ty.ends_with('?') { " = nil" } else { "" };
        format!("{name}: {ty}{usual}")
    };
    let parameters: Vec<_> = of.members.iter().zip(&names).map(parameter).collect();
    code.block(format!("public init({}) {{", parameters.join(", ")), "}", |code| {
        for name in &names {
            code.line(format!("self.{} = {name}", name.trim_matches('`')));
        }
    });
    if of.members.is_empty() {
        return;
    }
    code.blank();
    code.block("private enum CodingKeys: String, CodingKey {", "}", |code| {
        for (member, name) in of.members.iter().zip(&names) {
            code.line(format!("case {name} = {}", quoted(&member.name, "$")));
        }
    });
}

fn member_type(member: &Member) -> String {
    let ty = type_of(&member.ty);
    if member.required || ty.ends_with('?') { ty } else { format!("{ty}?") }
}

fn type_of(ty: &Type) -> String {
    match ty {
        Type::Any => "JSONValue".to_owned(),
        Type::Null => "JSONNull".to_owned(),
        Type::Bool => "Bool".to_owned(),
        Type::Integer(Integer::Narrow | Integer::Wide) => "Int".to_owned(),
        Type::Integer(Integer::Int64 | Integer::ExactInt64) => "Int64".to_owned(),
        Type::Integer(Integer::UInt64) => "UInt64".to_owned(),
        Type::Number => "Double".to_owned(),
        Type::Text => "String".to_owned(),
        Type::List(item) => format!("[{}]", type_of(item)),
        Type::Tuple(items) => {
            let all: Vec<_> = items.iter().map(type_of).collect();
            format!("Tuple{}<{}>", items.len(), all.join(", "))
        }
        Type::Map(value) => format!("[String: {}]", type_of(value)),
        Type::Optional(some) => format!("{}?", type_of(some)),
        Type::Named(name) => name.clone(),
    }
}

const fn inexact(integer: Integer) -> Option<&'static str> {
    match integer {
        Integer::Int64 | Integer::UInt64 => {
            Some("A 64-bit integer: the answer is read from a JSON number, exact up to 2^53.")
        }
        _ => None,
    }
}

fn calls(code: &mut Code, model: &Model) {
    code.line("/// All callables of the project. `functions` is what `Functions.functions(customDomain:)` gives.");
    code.block("public struct Callables {", "}", |code| {
        code.line("private let functions: Functions");
        code.blank();
        code.block("public init(_ functions: Functions) {", "}", |code| {
            code.line("self.functions = functions")
        });
        for one in &model.callables {
            code.blank();
            call(code, one);
        }
    });
}

fn call(code: &mut Code, one: &Operation) {
    let name = escape(super::identifiers::camel(&one.name));
    let (input, output) = (type_of(&one.input), type_of(&one.output));
    let quoted = quoted(&one.name, "$");
    let (parameter, argument) = if one.input == Type::Null {
        (String::new(), "JSONNull()")
    } else {
        (format!("_ input: {input}"), "input")
    };
    code.slashes(&one.docs);
    code.block(
        format!("public func {name}({parameter}) async throws -> {output} {{"),
        "}",
        |code| {
            code.line(format!(
                "let callable: Callable<{input}, {output}> = functions.httpsCallable({quoted})"
            ));
            code.line(format!("return try await callable.call({argument})"));
        },
    );
    let Some(chunk) = &one.chunk else { return };
    let streamed = format!("StreamResponse<{}, {output}>", type_of(chunk));
    code.blank();
    code.line(format!("/// The chunks of `{}` as they come, and at last its result.", one.name));
    code.line("@available(macOS 12.0, iOS 15.0, watchOS 8.0, tvOS 15.0, *)");
    let plain = super::identifiers::camel(&one.name);
    let open = format!(
        "public func {plain}Stream({parameter}) throws -> AsyncThrowingStream<{streamed}, Error> {{"
    );
    code.block(open, "}", |code| {
        code.line(format!(
            "let callable: Callable<{input}, {streamed}> = functions.httpsCallable({quoted})"
        ));
        code.line(format!("return try callable.stream({argument})"));
    });
}

/// A JSON array of values of several types.
fn tuple(code: &mut Code, arity: usize) {
    let all = |one: &dyn Fn(usize) -> String, between: &str| {
        (1..=arity).map(one).collect::<Vec<_>>().join(between)
    };
    let bounds = all(&|n| format!("T{n}: Codable & Sendable"), ", ");
    code.line(format!("/// An array of {arity} values."));
    code.block(
        format!("public struct Tuple{arity}<{bounds}>: Codable, Sendable {{"),
        "}",
        |code| {
            (1..=arity).for_each(|n| code.line(format!("public let item{n}: T{n}")));
            code.blank();
            let parameters = all(&|n| format!("_ item{n}: T{n}"), ", ");
            code.block(format!("public init({parameters}) {{"), "}", |code| {
                (1..=arity).for_each(|n| code.line(format!("self.item{n} = item{n}")));
            });
            code.blank();
            code.block("public init(from decoder: Decoder) throws {", "}", |code| {
                code.line("var items = try decoder.unkeyedContainer()");
                (1..=arity)
                    .for_each(|n| code.line(format!("item{n} = try items.decode(T{n}.self)")));
            });
            code.blank();
            code.block("public func encode(to encoder: Encoder) throws {", "}", |code| {
                code.line("var items = encoder.unkeyedContainer()");
                (1..=arity).for_each(|n| code.line(format!("try items.encode(item{n})")));
            });
        },
    );
}

/// Keywords stand between back quotes.
fn escape(name: String) -> String {
    const KEYWORDS: &[&str] = &[
        "associatedtype",
        "as",
        "break",
        "case",
        "catch",
        "class",
        "continue",
        "default",
        "defer",
        "deinit",
        "do",
        "else",
        "enum",
        "extension",
        "fallthrough",
        "false",
        "fileprivate",
        "for",
        "func",
        "guard",
        "if",
        "import",
        "in",
        "init",
        "inout",
        "internal",
        "is",
        "let",
        "nil",
        "operator",
        "precedencegroup",
        "private",
        "protocol",
        "public",
        "repeat",
        "rethrows",
        "return",
        "self",
        "static",
        "struct",
        "subscript",
        "super",
        "switch",
        "throw",
        "throws",
        "true",
        "try",
        "typealias",
        "var",
        "where",
        "while",
    ];
    if KEYWORDS.contains(&name.as_str()) { format!("`{name}`") } else { name }
}
