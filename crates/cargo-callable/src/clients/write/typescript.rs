//! TypeScript: types, and a thin layer over `httpsCallable` of the package `firebase`.

use super::code::{Code, with};
use super::{HEADER, remark};
use crate::clients::model::{
    Definition, Integer, Member, Model, Named, Operation, Payload, Shape, Struct, Type, Union,
    pascal,
};

/// Written after the types. `present`: the SDK sends null for a member that is undefined.
const CALLS: &str = include_str!("typescript/calls.ts");
const STREAMS: &str = include_str!("typescript/streams.ts");
const ERRORS: &str = include_str!("typescript/errors.ts");

pub(super) fn text(model: &Model) -> String {
    let mut code = Code::new("  ");
    code.line(format!("// {HEADER}"));
    let streams = model.callables.iter().any(|one| one.chunk.is_some());
    let details = model.callables.iter().any(|one| one.details.is_some());
    let imports = [
        ("httpsCallable", true),
        ("type Functions", true),
        ("type FunctionsError", details),
        ("type HttpsCallable", streams),
        ("type HttpsCallableOptions", true),
        ("type HttpsCallableStreamOptions", streams),
        ("type HttpsCallableStreamResult", streams),
    ];
    let imports: Vec<_> = imports.into_iter().filter(|one| one.1).map(|one| one.0).collect();
    code.line(format!("import {{ {} }} from 'firebase/functions';", imports.join(", ")));
    for (name, definition) in &model.definitions {
        code.blank();
        define(&mut code, name, definition);
    }
    code.blank();
    callables(&mut code, model);
    if details {
        for one in &model.callables {
            guard(&mut code, model, one);
        }
        code.blank();
        code.lines(ERRORS);
    }
    code.blank();
    code.lines(CALLS);
    if streams {
        code.blank();
        code.lines(STREAMS);
    }
    code.into_text()
}

fn define(code: &mut Code, name: &str, Definition { docs, shape }: &Definition) {
    match shape {
        Shape::Struct(of) => {
            code.stars(docs);
            code.block(format!("export interface {name} {{"), "}", |code| members(code, None, of));
        }
        Shape::Texts(texts) => {
            code.stars(docs);
            alternatives(code, name, texts, |code, text, end| {
                code.line(format!("| {}{end}", quoted(&text.name)));
            });
        }
        Shape::Union(Union { tag, variants }) => {
            code.stars(docs);
            alternatives(code, name, variants, |code, variant, end| {
                payload(code, tag.as_deref(), variant, end);
            });
        }
        Shape::Alias(ty) => {
            code.stars(&with(docs, remark(ty, inexact)));
            code.line(format!("export type {name} = {};", type_of(ty)));
        }
    }
}

fn alternatives<T>(
    code: &mut Code,
    name: &str,
    all: &[Named<T>],
    one: impl Fn(&mut Code, &Named<T>, &str),
) {
    code.block(format!("export type {name} ="), "", |code| {
        for (index, variant) in all.iter().enumerate() {
            code.stars(&variant.docs);
            one(code, variant, if index + 1 == all.len() { ";" } else { "" });
        }
    });
}

fn payload(
    code: &mut Code,
    tag: Option<&str>,
    Named { name, value, .. }: &Named<Payload>,
    end: &str,
) {
    match value {
        Payload::Text => code.line(format!("| {}{end}", quoted(name))),
        Payload::Keyed(ty) => code.line(format!("| {{ {}: {} }}{end}", key(name), type_of(ty))),
        Payload::Plain(ty) => code.line(format!("| {}{end}", type_of(ty))),
        Payload::Tagged(of) => {
            let tag = tag.map(|tag| format!("{}: {};", key(tag), quoted(name)));
            if of.members.is_empty() && of.others.is_none() {
                return code.line(format!(
                    "| {{ {} }}{end}",
                    tag.unwrap_or_default().trim_end_matches(';')
                ));
            }
            code.block("| {", &format!("}}{end}"), |code| members(code, tag, of));
        }
    }
}

fn members(code: &mut Code, tag: Option<String>, of: &Struct) {
    if let Some(tag) = tag {
        code.line(tag);
    }
    for Member { name, docs, ty, required } in &of.members {
        code.stars(&with(docs, remark(ty, inexact)));
        let absent = if *required { "" } else { "?" };
        code.line(format!("{}{absent}: {};", key(name), type_of(ty)));
    }
    if let Some(others) = &of.others {
        let ty = if of.members.is_empty() { type_of(others) } else { "unknown".to_owned() };
        code.line(format!("[member: string]: {ty};"));
    }
}

fn type_of(ty: &Type) -> String {
    match ty {
        Type::Any => "unknown".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Integer(_) | Type::Number => "number".to_owned(),
        Type::Text => "string".to_owned(),
        Type::List(item) => match item.as_ref() {
            Type::Optional(_) => format!("({})[]", type_of(item)),
            item => format!("{}[]", type_of(item)),
        },
        Type::Tuple(items) => {
            format!("[{}]", items.iter().map(type_of).collect::<Vec<_>>().join(", "))
        }
        Type::Map(value) => format!("{{ [key: string]: {} }}", type_of(value)),
        Type::Optional(some) => format!("{} | null", type_of(some)),
        Type::Named(name) => name.clone(),
    }
}

const fn inexact(integer: Integer) -> Option<&'static str> {
    match integer {
        Integer::Narrow | Integer::Wide => None,
        _ => Some(
            "A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1.",
        ),
    }
}

fn callables(code: &mut Code, model: &Model) {
    code.lines("/**\n * All callables of the project.\n *\n * `functions` is what `getFunctions(app, url)` gives; `options` are those of `httpsCallable`.\n */");
    let open = "export function callables(functions: Functions, options?: HttpsCallableOptions) {";
    code.block(open, "}", |code| {
        code.block("return {", "};", |code| {
            for one in &model.callables {
                code.stars(&one.docs);
                let (input, output) = (type_of(&one.input), type_of(&one.output));
                let chunk = one.chunk.as_ref().map(|chunk| format!(", {}", type_of(chunk)));
                let make = if chunk.is_some() { "streaming" } else { "unary" };
                let name = &one.name;
                code.line(format!(
                    "{}: {make}<{input}, {output}{}>(functions, {}, options),",
                    key(name),
                    chunk.unwrap_or_default(),
                    quoted(name)
                ));
            }
        });
    });
}

/// The function that tells whether an error has the details of a callable.
fn guard(code: &mut Code, model: &Model, one: &Operation) {
    let Some(details) = &one.details else { return };
    let ty = type_of(details);
    code.blank();
    code.line(format!("/** Whether an error of `{}` tells its details. */", one.name));
    let open = format!(
        "export function is{}Error(error: unknown): error is FunctionsError & {{ details: {ty} }} {{",
        pascal(&one.name)
    );
    let test = check(model, details, "details");
    code.block(open, "}", |code| {
        code.line("if (!isFunctionsError(error)) return false;");
        code.line("const details: unknown = error.details;");
        code.line(format!("return {};", test.as_deref().unwrap_or("details !== undefined")));
    });
}

/// An expression that is true for values of a type and, as far as one look shows, for no others.
fn check(model: &Model, ty: &Type, value: &str) -> Option<String> {
    Some(match model.target(ty) {
        Type::Any => return None,
        Type::Null => format!("{value} === null"),
        Type::Bool => format!("typeof {value} === 'boolean'"),
        Type::Integer(_) | Type::Number => format!("typeof {value} === 'number'"),
        Type::Text => format!("typeof {value} === 'string'"),
        Type::List(_) | Type::Tuple(_) => format!("Array.isArray({value})"),
        Type::Map(_) => format!("isObject({value})"),
        Type::Optional(some) => format!("({value} === null || {})", check(model, some, value)?),
        Type::Named(name) => match &model.definitions.get(name)?.shape {
            Shape::Struct(of) => has(of, value, ""),
            Shape::Texts(texts) => among(texts.iter().map(|text| text.name.as_str()), value),
            Shape::Alias(_) => return None,
            Shape::Union(Union { tag: Some(tag), variants }) => {
                let tags = among(
                    variants.iter().map(|one| one.name.as_str()),
                    &format!("{value}[{}]", quoted(tag)),
                );
                format!("isObject({value}) && {tags}")
            }
            Shape::Union(Union { tag: None, variants }) => {
                let one = |variant: &Named<Payload>| match &variant.value {
                    Payload::Text => Some(format!("{value} === {}", quoted(&variant.name))),
                    Payload::Keyed(_) => {
                        Some(format!("isObject({value}) && {} in {value}", quoted(&variant.name)))
                    }
                    Payload::Plain(ty) => check(model, ty, value),
                    Payload::Tagged(of) => Some(has(of, value, "")),
                };
                let all: Option<Vec<_>> =
                    variants.iter().map(|variant| Some(format!("({})", one(variant)?))).collect();
                format!("({})", all?.join(" || "))
            }
        },
    })
}

fn has(of: &Struct, value: &str, prefix: &str) -> String {
    let required = of.members.iter().filter(|member| member.required);
    let one = |member: &Member| format!(" && {prefix}{} in {value}", quoted(&member.name));
    format!("isObject({value}){}", required.map(one).collect::<String>())
}

fn among<'a>(texts: impl Iterator<Item = &'a str>, value: &str) -> String {
    let all: Vec<_> = texts.map(|text| format!("{value} === {}", quoted(text))).collect();
    format!("({})", all.join(" || "))
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r");
    format!("'{escaped}'")
}

/// A name as a key of an object.
fn key(name: &str) -> String {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$');
    let plain = name.chars().all(letter) && !name.starts_with(|first: char| first.is_ascii_digit());
    if plain && !name.is_empty() { name.to_owned() } else { quoted(name) }
}
