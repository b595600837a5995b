//! Kotlin: types of kotlinx.serialization, and calls by Firebase's SDK for Android.

mod unions;

use std::path::Path;

use super::code::{Code, with};
use super::identifiers::{camel, of_members, quoted};
use super::{HEADER, arities, remark, types_of_texts};
use crate::clients::model::{Definition, Integer, Member, Model, Operation, Shape, Struct, Type};

const CALLS: &str = include_str!("kotlin/calls.kt");
const STREAMS: &str = include_str!("kotlin/streams.kt");

pub(super) fn text(model: &Model, path: &Path) -> String {
    let mut code = Code::new("    ");
    code.line(format!("// {HEADER}"));
    if let Some(package) = package_of(path) {
        code.line(format!("package {package}"));
    }
    code.blank();
    let streams = model.callables.iter().any(|one| one.chunk.is_some());
    imports(&mut code, streams);
    for (name, definition) in &model.definitions {
        code.blank();
        define(&mut code, model, name, definition);
    }
    code.blank();
    code.stars(&[
        "All callables of the project. `functions` is a `FirebaseFunctions.getInstance(url)`."
            .to_owned(),
    ]);
    code.block("public class Callables(private val functions: FirebaseFunctions) {", "}", |code| {
        for (index, one) in model.callables.iter().enumerate() {
            if index > 0 {
                code.blank();
            }
            call(code, one);
        }
    });
    for arity in arities(model.types()) {
        code.blank();
        tuple(&mut code, arity);
    }
    code.blank();
    code.lines(CALLS);
    if streams {
        code.blank();
        code.lines(STREAMS);
    }
    code.into_text()
}

fn imports(code: &mut Code, streams: bool) {
    let all = [
        ("com.google.firebase.functions.FirebaseFunctions", true),
        ("com.google.firebase.functions.StreamResponse", streams),
        ("kotlinx.coroutines.flow.Flow", streams),
        ("kotlinx.coroutines.flow.map", streams),
        ("kotlinx.coroutines.reactive.asFlow", streams),
        ("kotlinx.coroutines.tasks.await", true),
        ("kotlinx.serialization.*", true),
        ("kotlinx.serialization.descriptors.*", true),
        ("kotlinx.serialization.encoding.*", true),
        ("kotlinx.serialization.json.*", true),
    ];
    all.into_iter().filter(|one| one.1).for_each(|(name, _)| code.line(format!("import {name}")));
}

/// The package of a file below `java/` or `kotlin/`, as in `app/src/main/java/com/example/Callables.kt`.
fn package_of(path: &Path) -> Option<String> {
    let folders: Vec<_> = path.parent()?.iter().map(|folder| folder.to_string_lossy()).collect();
    let home = folders.iter().rposition(|folder| folder == "java" || folder == "kotlin")?;
    let package = folders.get(home + 1..)?.join(".");
    (!package.is_empty()).then_some(package)
}

fn define(code: &mut Code, model: &Model, name: &str, Definition { docs, shape }: &Definition) {
    match shape {
        Shape::Struct(of) => {
            code.stars(docs);
            class(code, name, of, "");
        }
        Shape::Texts(texts) => {
            code.stars(docs);
            code.line("@Serializable");
            code.block(format!("public enum class {name} {{"), "}", |code| {
                for (text, name) in texts.iter().zip(types_of_texts(texts)) {
                    code.stars(&text.docs);
                    code.line(format!("@SerialName({}) {name},", quote(&text.name)));
                }
            });
        }
        Shape::Union(of) => unions::write(code, model, name, docs, of),
        Shape::Alias(ty) => {
            code.stars(docs);
            code.line(format!("public typealias {name} = {}", type_of(ty)));
        }
    }
}

/// A class with members; `of` is what it implements, as in ` : Shape`.
fn class(code: &mut Code, name: &str, members: &Struct, of: &str) {
    code.line("@Serializable");
    if members.members.is_empty() {
        return code.line(format!("public class {name}{of}"));
    }
    let names = of_members(&members.members, escape);
    code.block(format!("public data class {name}("), &format!("){of}"), |code| {
        for (member, name) in members.members.iter().zip(names) {
            code.stars(&with(&member.docs, remark(&member.ty, inexact)));
            if member.name != name.trim_matches('`') {
                code.line(format!("@SerialName({})", quote(&member.name)));
            }
            let ty = member_type(member);
            let usual = if ty.ends_with('?') { " = null" } else { "" };
            code.line(format!("val {name}: {ty}{usual},"));
        }
    });
}

fn member_type(member: &Member) -> String {
    let ty = type_of(&member.ty);
    if member.required || ty.ends_with('?') { ty } else { format!("{ty}?") }
}

fn type_of(ty: &Type) -> String {
    match ty {
        Type::Any => "JsonElement".to_owned(),
        Type::Null => "JsonNull".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Integer(Integer::Narrow) => "Int".to_owned(),
        Type::Integer(_) => "Long".to_owned(),
        Type::Number => "Double".to_owned(),
        Type::Text => "String".to_owned(),
        Type::List(item) => format!("List<{}>", type_of(item)),
        Type::Tuple(items) => {
            let all: Vec<_> = items.iter().map(type_of).collect();
            format!("Tuple{}<{}>", items.len(), all.join(", "))
        }
        Type::Map(value) => format!("Map<String, {}>", type_of(value)),
        Type::Optional(some) => format!("{}?", type_of(some)),
        Type::Named(name) => name.clone(),
    }
}

const fn inexact(integer: Integer) -> Option<&'static str> {
    match integer {
        Integer::UInt64 => Some("A 64-bit integer without a sign: up to `Long.MAX_VALUE` here."),
        _ => None,
    }
}

fn call(code: &mut Code, one: &Operation) {
    let (input, output) = (type_of(&one.input), type_of(&one.output));
    let (parameter, argument) = match one.input {
        Type::Null => (String::new(), "null"),
        _ => (format!("input: {input}"), "encode(input)"),
    };
    let (camel, wire) = (camel(&one.name), quote(&one.name));
    code.stars(&one.docs);
    code.block(
        format!("public suspend fun {}({parameter}): {output} =", escape(camel.clone())),
        "",
        |code| {
            code.line(format!(
                "decode(functions.getHttpsCallable({wire}).call({argument}).await().data)"
            ));
        },
    );
    let Some(chunk) = &one.chunk else { return };
    code.stars(&[format!("The chunks of `{}` as they come, and at last its result.", one.name)]);
    let streamed = format!("Flow<Streamed<{}, {output}>>", type_of(chunk));
    code.block(format!("public fun {camel}Stream({parameter}): {streamed} ="), "", |code| {
        code.line(format!(
            "functions.getHttpsCallable({wire}).stream({argument}).asFlow().map {{ streamed(it) }}"
        ));
    });
}

/// A JSON array of values of several types.
fn tuple(code: &mut Code, arity: usize) {
    let all = |one: &dyn Fn(usize) -> String| (1..=arity).map(one).collect::<Vec<_>>().join(", ");
    let name = format!("Tuple{arity}");
    let types = all(&|n| format!("T{n}"));
    let fields = all(&|n| format!("val item{n}: T{n}"));
    code.stars(&[format!("An array of {arity} values.")]);
    code.line(format!("@Serializable(with = {name}Serializer::class)"));
    code.line(format!("public data class {name}<{types}>({fields})"));
    code.blank();
    let serializers = all(&|n| format!("private val item{n}: KSerializer<T{n}>"));
    let open = format!(
        "public class {name}Serializer<{types}>({serializers}) : KSerializer<{name}<{types}>> {{"
    );
    code.block(open, "}", |code| {
        code.line(format!(
            "override val descriptor: SerialDescriptor = buildClassSerialDescriptor(\"{name}\")"
        ));
        code.blank();
        code.block(
            format!("override fun serialize(encoder: Encoder, value: {name}<{types}>) {{"),
            "}",
            |code| {
                code.line("val json = (encoder as JsonEncoder).json");
                let items = all(&|n| format!("json.encodeToJsonElement(item{n}, value.item{n})"));
                code.line(format!("encoder.encodeJsonElement(JsonArray(listOf({items})))"));
            },
        );
        code.blank();
        code.block(
            format!("override fun deserialize(decoder: Decoder): {name}<{types}> {{"),
            "}",
            |code| {
                code.line("val items = (decoder as JsonDecoder).decodeJsonElement().jsonArray");
                let items = all(&|n| {
                    format!("decoder.json.decodeFromJsonElement(item{n}, items[{}])", n - 1)
                });
                code.line(format!("return {name}({items})"));
            },
        );
    });
}

/// A text in quotes.
fn quote(text: &str) -> String {
    quoted(text, "\\$")
}

/// Keywords stand between back quotes.
fn escape(name: String) -> String {
    const KEYWORDS: &[&str] = &[
        "as",
        "break",
        "class",
        "continue",
        "do",
        "else",
        "false",
        "for",
        "fun",
        "if",
        "in",
        "interface",
        "is",
        "null",
        "object",
        "package",
        "return",
        "super",
        "this",
        "throw",
        "true",
        "try",
        "typealias",
        "typeof",
        "val",
        "var",
        "when",
        "while",
    ];
    if KEYWORDS.contains(&name.as_str()) { format!("`{name}`") } else { name }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::package_of;

    #[test]
    fn the_package_is_the_folder_below_java_or_kotlin() {
        for (path, package) in [
            ("app/src/main/java/com/example/app/Callables.kt", Some("com.example.app")),
            ("app/src/main/kotlin/example/Callables.kt", Some("example")),
            ("app/src/main/kotlin/Callables.kt", None),
            ("clients/Callables.kt", None),
            ("Callables.kt", None),
        ] {
            assert_eq!(package_of(Path::new(path)).as_deref(), package, "{path}");
        }
    }
}
