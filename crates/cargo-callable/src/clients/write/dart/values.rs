//! Expressions that read a type from decoded JSON, and write it.

use crate::clients::model::{Model, Type};

pub(super) fn type_of(ty: &Type) -> String {
    match ty {
        Type::Any => "Object?".to_owned(),
        Type::Null => "Null".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Integer(_) => "int".to_owned(),
        Type::Number => "double".to_owned(),
        Type::Text => "String".to_owned(),
        Type::List(item) => format!("List<{}>", type_of(item)),
        Type::Tuple(items) => {
            let all: Vec<_> = items.iter().map(type_of).collect();
            format!("({},)", all.join(", "))
        }
        Type::Map(value) => format!("Map<String, {}>", type_of(value)),
        Type::Optional(some) => format!("{}?", type_of(some)),
        Type::Named(name) => name.clone(),
    }
}

/// An expression that makes a value of the type of the decoded JSON `value`.
pub(super) fn from(model: &Model, ty: &Type, value: &str, depth: usize) -> String {
    match model.target(ty) {
        Type::Any => value.to_owned(),
        Type::Null => format!("{value} as Null"),
        Type::Bool => format!("{value} as bool"),
        Type::Integer(_) => format!("_integer({value})"),
        Type::Number => format!("({value} as num).toDouble()"),
        Type::Text => format!("{value} as String"),
        Type::List(item) => {
            let one = format!("item{depth}");
            format!("[for (final {one} in {value} as List) {}]", from(model, item, &one, depth + 1))
        }
        Type::Tuple(items) => {
            let item =
                |(index, item)| from(model, item, &format!("({value} as List)[{index}]"), depth);
            let items: Vec<_> = items.iter().enumerate().map(item).collect();
            format!("({},)", items.join(", "))
        }
        Type::Map(item) => {
            let one = format!("entry{depth}");
            let read = from(model, item, &format!("{one}.value"), depth + 1);
            format!("{{for (final {one} in ({value} as Map).entries) {one}.key as String: {read}}}")
        }
        Type::Optional(some) => {
            format!("{value} == null ? null : {}", from(model, some, value, depth))
        }
        Type::Named(name) => format!("{name}.fromJson({value})"),
    }
}

/// An expression that makes JSON of `value`, which is of the type.
pub(super) fn to(model: &Model, ty: &Type, value: &str, depth: usize) -> String {
    match model.target(ty) {
        Type::List(item) => {
            let one = format!("item{depth}");
            let inner = to(model, item, &one, depth + 1);
            if inner == one {
                value.to_owned()
            } else {
                format!("[for (final {one} in {value}) {inner}]")
            }
        }
        Type::Tuple(items) => {
            let item = |(index, item)| to(model, item, &format!("{value}.${}", index + 1), depth);
            let items: Vec<_> = items.iter().enumerate().map(item).collect();
            format!("[{}]", items.join(", "))
        }
        Type::Map(item) => {
            let one = format!("entry{depth}");
            let inner = to(model, item, &format!("{one}.value"), depth + 1);
            if inner == format!("{one}.value") {
                return value.to_owned();
            }
            format!("{{for (final {one} in {value}.entries) {one}.key: {inner}}}")
        }
        Type::Optional(some) => {
            let one = format!("some{depth}");
            let inner = to(model, some, &one, depth + 1);
            if inner == one {
                return value.to_owned();
            }
            format!("switch ({value}) {{ null => null, final {one} => {inner} }}")
        }
        Type::Named(_) => format!("{value}.toJson()"),
        _ => value.to_owned(),
    }
}
