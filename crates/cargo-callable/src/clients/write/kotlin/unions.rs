//! Sealed interfaces. Each has a serializer for the form that serde gives it.

use super::{class, quote, type_of};
use crate::clients::model::{Model, Named, Payload, Shape, Type, Union};
use crate::clients::write::code::Code;
use crate::clients::write::nested_names;

pub(super) fn write(code: &mut Code, model: &Model, name: &str, docs: &[String], of: &Union) {
    let cases = nested_names(model, &of.variants);
    let cases: Vec<_> = of.variants.iter().zip(&cases).collect();
    let implements = format!(" : {name}");
    code.stars(docs);
    code.line(format!("@Serializable(with = {name}.Serializer::class)"));
    code.block(format!("public sealed interface {name} {{"), "}", |code| {
        for (variant, case) in &cases {
            code.stars(&variant.docs);
            match &variant.value {
                Payload::Text => code.line(format!("public data object {case}{implements}")),
                Payload::Tagged(of) if of.members.is_empty() => {
                    code.line(format!("public data object {case}{implements}"));
                }
                Payload::Tagged(of) => class(code, case, of, &implements),
                Payload::Keyed(ty) | Payload::Plain(ty) => {
                    code.line(format!(
                        "public data class {case}(val value: {}){implements}",
                        type_of(ty)
                    ));
                }
            }
            code.blank();
        }
        code.block(format!("public object Serializer : KSerializer<{name}> {{"), "}", |code| {
            code.line(format!(
                "override val descriptor: SerialDescriptor = buildClassSerialDescriptor(\"{name}\")"
            ));
            code.blank();
            code.block(
                format!("override fun serialize(encoder: Encoder, value: {name}) {{"),
                "}",
                |code| {
                    code.line("val json = (encoder as JsonEncoder).json");
                    code.block("val element: JsonElement = when (value) {", "}", |code| {
                        for (variant, case) in &cases {
                            code.line(format!(
                                "is {case} -> {}",
                                encoded(of.tag.as_deref(), variant, case)
                            ));
                        }
                    });
                    code.line("encoder.encodeJsonElement(element)");
                },
            );
            code.blank();
            code.block(
                format!("override fun deserialize(decoder: Decoder): {name} {{"),
                "}",
                |code| {
                    code.line("val json = (decoder as JsonDecoder).json");
                    code.line("val element = decoder.decodeJsonElement()");
                    for (variant, case) in &cases {
                        decode(code, model, of.tag.as_deref(), variant, case);
                    }
                    code.line(format!("throw SerializationException(\"A value is no {name}\")"));
                },
            );
        });
    });
}

fn encoded(tag: Option<&str>, Named { name, value, .. }: &Named<Payload>, case: &str) -> String {
    let wire = quote(name);
    match (value, tag) {
        (Payload::Tagged(of), Some(tag)) => {
            let head = format!("mapOf({} to JsonPrimitive({wire}))", quote(tag));
            if of.members.is_empty() {
                return format!("JsonObject({head})");
            }
            format!(
                "JsonObject({head} + json.encodeToJsonElement({case}.serializer(), value).jsonObject)"
            )
        }
        (Payload::Keyed(ty), _) => {
            format!(
                "JsonObject(mapOf({wire} to json.encodeToJsonElement(serializer<{}>(), value.value)))",
                type_of(ty)
            )
        }
        (Payload::Plain(ty), _) => {
            format!("json.encodeToJsonElement(serializer<{}>(), value.value)", type_of(ty))
        }
        _ => format!("JsonPrimitive({wire})"),
    }
}

fn decode(
    code: &mut Code,
    model: &Model,
    tag: Option<&str>,
    Named { name, value, .. }: &Named<Payload>,
    case: &str,
) {
    let wire = quote(name);
    let (test, read) = match (value, tag) {
        (Payload::Tagged(of), Some(tag)) => (
            format!("element is JsonObject && element[{}] == JsonPrimitive({wire})", quote(tag)),
            if of.members.is_empty() {
                case.to_owned()
            } else {
                format!("json.decodeFromJsonElement({case}.serializer(), element)")
            },
        ),
        (Payload::Keyed(ty), _) => (
            format!("element is JsonObject && {wire} in element"),
            format!(
                "{case}(json.decodeFromJsonElement(serializer<{}>(), element.getValue({wire})))",
                type_of(ty)
            ),
        ),
        (Payload::Plain(ty), _) => {
            let read = format!(
                "{case}(json.decodeFromJsonElement(serializer<{}>(), element))",
                type_of(ty)
            );
            let attempt = format!("runCatching {{ {read} }}.getOrNull()?.let {{ return it }}");
            return code.line(format!("if ({}) {attempt}", form(model, ty)));
        }
        _ => (format!("element == JsonPrimitive({wire})"), case.to_owned()),
    };
    code.line(format!("if ({test}) return {read}"));
}

/// A test of the form of `element`: kotlinx.serialization alone would read a number from a text.
fn form(model: &Model, ty: &Type) -> String {
    const OBJECT: &str = "element is JsonObject";
    const TEXT: &str = "element is JsonPrimitive && element.isString";
    match model.target(ty) {
        Type::Null => "element is JsonNull".to_owned(),
        Type::Bool => {
            "element is JsonPrimitive && !element.isString && element.booleanOrNull != null"
                .to_owned()
        }
        Type::Integer(_) => {
            "element is JsonPrimitive && !element.isString && element.longOrNull != null".to_owned()
        }
        Type::Number => {
            "element is JsonPrimitive && !element.isString && element.doubleOrNull != null"
                .to_owned()
        }
        Type::Text => TEXT.to_owned(),
        Type::List(_) | Type::Tuple(_) => "element is JsonArray".to_owned(),
        Type::Map(_) => OBJECT.to_owned(),
        Type::Optional(some) => format!("element is JsonNull || {}", form(model, some)),
        Type::Named(name) => {
            match model.definitions.get(name).map(|definition| &definition.shape) {
                Some(Shape::Struct(of)) => {
                    let required = of.members.iter().filter(|member| member.required);
                    let has =
                        required.map(|member| format!(" && {} in element", quote(&member.name)));
                    format!("{OBJECT}{}", has.collect::<String>())
                }
                Some(Shape::Texts(_)) => TEXT.to_owned(),
                _ => "true".to_owned(),
            }
        }
        Type::Any => "true".to_owned(),
    }
}
