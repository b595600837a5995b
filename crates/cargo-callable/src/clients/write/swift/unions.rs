//! Enums with associated values. Each reads and writes the form that serde gives it.

use super::{escape, members, type_of};
use crate::clients::model::{Model, Named, Payload, Type, Union};
use crate::clients::write::code::Code;
use crate::clients::write::identifiers::{quoted, unique};
use crate::clients::write::nested_names;

/// A case, with the type of its value.
struct Case<'a> {
    variant: &'a Named<Payload>,
    name: String,
    ty: Option<String>,
}

pub(super) fn write(code: &mut Code, model: &Model, name: &str, docs: &[String], of: &Union) {
    let names = unique(of.variants.iter().map(|one| one.name.as_str()), escape);
    let nested = nested_names(model, &of.variants);
    let ty = |variant: &Named<Payload>, nested: &str| match &variant.value {
        Payload::Text => None,
        Payload::Keyed(Type::Null) | Payload::Plain(Type::Null) => Some("JSONNull".to_owned()),
        Payload::Keyed(ty) | Payload::Plain(ty) => Some(type_of(ty)),
        Payload::Tagged(of) if of.members.is_empty() => None,
        Payload::Tagged(_) => Some(nested.to_owned()),
    };
    let case = |((variant, name), nested): ((_, _), &String)| Case {
        variant,
        name,
        ty: ty(variant, nested),
    };
    let cases: Vec<_> = of.variants.iter().zip(names).zip(&nested).map(case).collect();
    let indirect = if model.holds_itself(name) { "indirect " } else { "" };
    code.slashes(docs);
    code.block(format!("public {indirect}enum {name}: Codable, Sendable {{"), "}", |code| {
        for Case { variant, name, ty } in &cases {
            code.slashes(&variant.docs);
            let value = ty.as_ref().map(|ty| format!("({ty})")).unwrap_or_default();
            code.line(format!("case {name}{value}"));
        }
        for case in &cases {
            let Payload::Tagged(of) = &case.variant.value else { continue };
            let Some(ty) = &case.ty else { continue };
            code.blank();
            code.block(format!("public struct {ty}: Codable, Sendable {{"), "}", |code| {
                members(code, of)
            });
        }
        code.blank();
        code.block("public init(from decoder: Decoder) throws {", "}", |code| {
            decode(code, name, of, &cases)
        });
        code.blank();
        code.block("public func encode(to encoder: Encoder) throws {", "}", |code| {
            encode(code, of, &cases)
        });
    });
}

fn decode(code: &mut Code, name: &str, of: &Union, cases: &[Case<'_>]) {
    if let Some(tag) = &of.tag {
        let tag = quoted(tag, "$");
        code.line("let members = try decoder.container(keyedBy: JSONKey.self)");
        code.block(
            format!("switch try members.decode(String.self, forKey: JSONKey({tag})) {{"),
            "}",
            |code| {
                for Case { variant, name, ty } in cases {
                    let value = ty
                        .as_ref()
                        .map(|ty| format!("(try {ty}(from: decoder))"))
                        .unwrap_or_default();
                    code.line(format!(
                        "case {}: self = .{name}{value}",
                        quoted(&variant.name, "$")
                    ));
                }
                code.line(format!(
                    "case let other: throw JSONKey.unknown(other, of: {}, in: decoder)",
                    quoted(name, "$")
                ));
            },
        );
        return;
    }
    let texts = cases.iter().filter(|case| case.variant.value == Payload::Text).collect::<Vec<_>>();
    if !texts.is_empty() {
        code.block(
            "if let text = try? decoder.singleValueContainer().decode(String.self) {",
            "}",
            |code| {
                code.block("switch text {", "}", |code| {
                    for Case { variant, name, .. } in &texts {
                        code.line(format!(
                            "case {}: self = .{name}; return",
                            quoted(&variant.name, "$")
                        ));
                    }
                    code.line("default: break");
                });
            },
        );
    }
    if cases.iter().any(|case| matches!(case.variant.value, Payload::Keyed(_))) {
        code.block(
            "if let members = try? decoder.container(keyedBy: JSONKey.self) {",
            "}",
            |code| {
                for Case { variant, name, ty } in cases {
                    let (Payload::Keyed(_), Some(ty)) = (&variant.value, ty) else { continue };
                    let key = format!("JSONKey({})", quoted(&variant.name, "$"));
                    code.block(format!("if members.contains({key}) {{"), "}", |code| {
                        code.line(format!(
                            "self = .{name}(try members.decode({ty}.self, forKey: {key}))"
                        ));
                        code.line("return");
                    });
                }
            },
        );
    }
    for Case { variant, name, ty } in cases {
        let (Payload::Plain(_), Some(ty)) = (&variant.value, ty) else { continue };
        code.line(format!(
            "if let value = try? {ty}(from: decoder) {{ self = .{name}(value); return }}"
        ));
    }
    code.line(format!("throw JSONKey.unknown(\"value\", of: {}, in: decoder)", quoted(name, "$")));
}

fn encode(code: &mut Code, of: &Union, cases: &[Case<'_>]) {
    code.block("switch self {", "}", |code| {
        for Case { variant, name, ty } in cases {
            let wire = quoted(&variant.name, "$");
            let value = if ty.is_some() { "(let value)" } else { "" };
            code.block(format!("case .{name}{value}:"), "", |code| match &variant.value {
                Payload::Text => {
                    code.line("var text = encoder.singleValueContainer()");
                    code.line(format!("try text.encode({wire})"));
                }
                Payload::Keyed(_) => {
                    code.line("var members = encoder.container(keyedBy: JSONKey.self)");
                    code.line(format!("try members.encode(value, forKey: JSONKey({wire}))"));
                }
                Payload::Plain(_) => code.line("try value.encode(to: encoder)"),
                Payload::Tagged(_) => {
                    let tag = quoted(of.tag.as_deref().unwrap_or_default(), "$");
                    code.line("var members = encoder.container(keyedBy: JSONKey.self)");
                    code.line(format!("try members.encode({wire}, forKey: JSONKey({tag}))"));
                    if ty.is_some() {
                        code.line("try value.encode(to: encoder)");
                    }
                }
            });
        }
    });
}
