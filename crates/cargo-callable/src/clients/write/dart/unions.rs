//! Sealed classes, with one class for each variant.

use super::values::{from, to, type_of};
use super::{Variant, class, quoted};
use crate::clients::model::{Model, Named, Payload, Union, pascal};
use crate::clients::write::code::Code;

pub(super) fn write(code: &mut Code, model: &Model, name: &str, docs: &[String], of: &Union) {
    let case = |variant: &Named<Payload>| {
        let case = format!("{name}{}", pascal(&variant.name));
        if model.definitions.contains_key(&case) { format!("{case}Case") } else { case }
    };
    let cases: Vec<_> = of.variants.iter().map(|variant| (variant, case(variant))).collect();
    code.slashes(docs);
    code.block(format!("sealed class {name} {{"), "}", |code| {
        code.line(format!("const {name}();"));
        code.blank();
        code.block(format!("factory {name}.fromJson(Object? json) {{"), "}", |code| {
            for (variant, case) in &cases {
                decode(code, model, of.tag.as_deref(), variant, case);
            }
            code.line(format!("throw FormatException('A value is no {name}', json);"));
        });
        code.blank();
        code.line("Object? toJson();");
    });
    for (Named { name: wire, docs, value }, case) in &cases {
        code.blank();
        code.slashes(docs);
        let tag = of.tag.as_deref().map(|tag| (tag, wire.as_str()));
        let ty = match value {
            Payload::Tagged(members) => {
                class(code, model, case, members, Some(&Variant { of: name, tag }));
                continue;
            }
            Payload::Text => None,
            Payload::Keyed(ty) | Payload::Plain(ty) => Some(ty),
        };
        code.block(format!("final class {case} extends {name} {{"), "}", |code| {
            let Some(ty) = ty else {
                code.line(format!("const {case}();"));
                code.blank();
                code.line("@override");
                return code.line(format!("String toJson() => {};", quoted(wire)));
            };
            code.line(format!("const {case}(this.value);"));
            code.blank();
            code.line(format!("final {} value;", type_of(ty)));
            code.blank();
            code.line("@override");
            let json = to(model, ty, "value", 0);
            code.line(match value {
                Payload::Keyed(_) => format!("Object? toJson() => {{{}: {json}}};", quoted(wire)),
                _ => format!("Object? toJson() => {json};"),
            });
        });
    }
}

fn decode(
    code: &mut Code,
    model: &Model,
    tag: Option<&str>,
    Named { name, value, .. }: &Named<Payload>,
    case: &str,
) {
    let wire = quoted(name);
    match (value, tag) {
        (Payload::Tagged(_), tag) => {
            let tag = quoted(tag.unwrap_or_default());
            code.line(format!(
                "if (json is Map && json[{tag}] == {wire}) return {case}.fromJson(json);"
            ));
        }
        (Payload::Keyed(ty), _) => {
            let read = from(model, ty, &format!("json[{wire}]"), 0);
            code.line(format!(
                "if (json is Map && json.containsKey({wire})) return {case}({read});"
            ));
        }
        (Payload::Plain(ty), _) => {
            code.block("try {", "} catch (_) {", |code| {
                code.line(format!("return {case}({});", from(model, ty, "json", 0)));
            });
            code.block("  // Another variant.", "}", |_| {});
        }
        (Payload::Text, _) => code.line(format!("if (json == {wire}) return const {case}();")),
    }
}
