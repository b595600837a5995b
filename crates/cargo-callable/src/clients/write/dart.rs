//! Dart: types with `fromJson` and `toJson`, and calls by the package cloud_functions.

mod unions;
mod values;

use self::values::{from, to, type_of};
use super::code::{Code, with};
use super::identifiers::{camel, of_members, unique};
use super::{HEADER, remark};
use crate::clients::model::{Definition, Integer, Member, Model, Operation, Shape, Struct, Type};

const STREAMS: &str = include_str!("dart/streams.dart");
const VALUES: &str = include_str!("dart/values.dart");

pub(super) fn text(model: &Model) -> String {
    let mut code = Code::new("  ");
    code.line(format!("// {HEADER}"));
    code.line("import 'package:cloud_functions/cloud_functions.dart' as sdk;");
    for (name, Definition { docs, shape }) in &model.definitions {
        code.blank();
        match shape {
            Shape::Struct(of) => {
                code.slashes(docs);
                class(&mut code, model, name, of, None);
            }
            Shape::Texts(texts) => {
                code.slashes(docs);
                texts_of(
                    &mut code,
                    name,
                    texts.iter().map(|text| (text.name.as_str(), text.docs.as_slice())),
                );
            }
            Shape::Union(of) => unions::write(&mut code, model, name, docs, of),
            Shape::Alias(ty) => {
                code.slashes(&with(docs, remark(ty, inexact)));
                code.line(format!("typedef {name} = {};", type_of(ty)));
            }
        }
    }
    code.blank();
    code.line("/// All callables of the project. The argument is a `FirebaseFunctions`.");
    code.block("final class Callables {", "}", |code| {
        code.line("const Callables(this._functions);");
        code.blank();
        code.line("final sdk.FirebaseFunctions _functions;");
        for one in &model.callables {
            code.blank();
            call(code, model, one);
        }
    });
    if model.callables.iter().any(|one| one.chunk.is_some()) {
        code.blank();
        code.lines(STREAMS);
    }
    code.blank();
    code.lines(VALUES);
    code.into_text()
}

/// What a class is a variant of.
struct Variant<'a> {
    of: &'a str,
    /// The member of the tag, and its value.
    tag: Option<(&'a str, &'a str)>,
}

fn class(code: &mut Code, model: &Model, name: &str, of: &Struct, variant: Option<&Variant<'_>>) {
    let names = of_members(&of.members, escape);
    let extends = variant.map(|variant| format!(" extends {}", variant.of)).unwrap_or_default();
    let all = || of.members.iter().zip(&names);
    code.block(format!("final class {name}{extends} {{"), "}", |code| {
        if of.members.is_empty() {
            code.line(format!("const {name}();"));
        } else {
            let parameter = |(member, name): (&Member, &String)| {
                let required = if optional(member) { "" } else { "required " };
                format!("{required}this.{name}")
            };
            code.line(format!(
                "const {name}({{{}}});",
                all().map(parameter).collect::<Vec<_>>().join(", ")
            ));
        }
        code.blank();
        code.block(format!("factory {name}.fromJson(Object? json) {{"), "}", |code| {
            if of.members.is_empty() {
                return code.line(format!("return const {name}();"));
            }
            code.line("final members = json as Map;");
            code.block(format!("return {name}("), ");", |code| {
                for (member, name) in all() {
                    let value = format!("members[{}]", quoted(&member.name));
                    let read = match &member.ty {
                        Type::Optional(_) => from(model, &member.ty, &value, 0),
                        ty if optional(member) => {
                            from(model, &Type::Optional(Box::new(ty.clone())), &value, 0)
                        }
                        ty => from(model, ty, &value, 0),
                    };
                    code.line(format!("{name}: {read},"));
                }
            });
        });
        for (member, name) in all() {
            code.blank();
            code.slashes(&with(&member.docs, remark(&member.ty, inexact)));
            let ty = type_of(&member.ty);
            let ty = if optional(member) && !ty.ends_with('?') { format!("{ty}?") } else { ty };
            code.line(format!("final {ty} {name};"));
        }
        code.blank();
        if variant.is_some() {
            code.line("@override");
        }
        code.block("Map<String, Object?> toJson() => {", "};", |code| {
            if let Some((tag, value)) = variant.and_then(|variant| variant.tag) {
                code.line(format!("{}: {},", quoted(tag), quoted(value)));
            }
            for (member, name) in all() {
                let key = quoted(&member.name);
                if optional(member) && member.ty != Type::Any {
                    let some = match &member.ty {
                        Type::Optional(some) => some,
                        ty => ty,
                    };
                    code.line(format!(
                        "if ({name} case final some?) {key}: {},",
                        to(model, some, "some", 0)
                    ));
                } else {
                    code.line(format!("{key}: {},", to(model, &member.ty, name, 0)));
                }
            }
        });
    });
}

/// Whether a member may be left out: it is absent, or null.
fn optional(member: &Member) -> bool {
    !member.required || matches!(member.ty, Type::Optional(_))
}

fn texts_of<'a>(code: &mut Code, name: &str, texts: impl Iterator<Item = (&'a str, &'a [String])>) {
    let texts: Vec<_> = texts.collect();
    let names = unique(texts.iter().map(|text| text.0), escape);
    code.block(format!("enum {name} {{"), "}", |code| {
        for (index, ((text, docs), case)) in texts.iter().zip(names).enumerate() {
            code.slashes(docs);
            let end = if index + 1 == texts.len() { ";" } else { "," };
            code.line(format!("{case}({}){end}", quoted(text)));
        }
        code.blank();
        code.line(format!("const {name}(this.json);"));
        code.blank();
        code.block(
            format!("factory {name}.fromJson(Object? json) => values.firstWhere("),
            ");",
            |code| {
                code.line("(one) => one.json == json,");
                code.line(format!(
                    "orElse: () => throw FormatException('A value is no {name}', json),"
                ));
            },
        );
        code.blank();
        code.line("final String json;");
        code.blank();
        code.line("String toJson() => json;");
    });
}

fn call(code: &mut Code, model: &Model, one: &Operation) {
    let output = type_of(&one.output);
    let (parameter, argument) = match one.input {
        Type::Null => (String::new(), String::new()),
        _ => (format!("{} input", type_of(&one.input)), to(model, &one.input, "input", 0)),
    };
    let (camel, wire) = (camel(&one.name), quoted(&one.name));
    code.slashes(&one.docs);
    code.block(
        format!("Future<{output}> {}({parameter}) async {{", escape(camel.clone())),
        "}",
        |code| {
            code.line(format!(
                "final result = await _functions.httpsCallable({wire}).call<Object?>({argument});"
            ));
            code.line(format!("return {};", from(model, &one.output, "result.data", 0)));
        },
    );
    let Some(chunk) = &one.chunk else { return };
    code.blank();
    code.line(format!("/// The chunks of `{}` as they come, and at last its result.", one.name));
    let open =
        format!("Stream<Streamed<{}, {output}>> {camel}Stream({parameter}) =>", type_of(chunk));
    code.block(open, "", |code| {
        code.block(
            format!("_functions.httpsCallable({wire}).stream<Object?, Object?>({argument}).map("),
            ");",
            |code| {
                code.block("(part) => switch (part) {", "},", |code| {
                    let (chunk, last) = (
                        from(model, chunk, "partialData", 0),
                        from(model, &one.output, "result.data", 0),
                    );
                    code.line(format!("sdk.Chunk(:final partialData) => Next({chunk}),"));
                    code.line(format!("sdk.Result(:final result) => Last({last}),"));
                });
            },
        );
    });
}

const fn inexact(integer: Integer) -> Option<&'static str> {
    match integer {
        Integer::Narrow | Integer::Wide => None,
        _ => Some("A 64-bit integer: on the web exact up to 2^53 - 1."),
    }
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('\'', "\\'").replace('$', "\\$").replace('\n', "\\n");
    format!("'{}'", escaped.replace('\r', "\\r"))
}

/// A word of the language, or a member of every object, gets a line below at its end.
fn escape(name: String) -> String {
    const KEYWORDS: &[&str] = &[
        "assert",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "default",
        "do",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "for",
        "fromJson",
        "hashCode",
        "if",
        "in",
        "index",
        "is",
        "json",
        "members",
        "new",
        "noSuchMethod",
        "null",
        "rethrow",
        "return",
        "runtimeType",
        "super",
        "switch",
        "this",
        "throw",
        "toJson",
        "toString",
        "true",
        "try",
        "values",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ];
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}
