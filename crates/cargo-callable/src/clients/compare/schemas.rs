//! Compares two schemas of the same type, member by member.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::shown;
use crate::clients::model::{
    alternatives, is_closed, is_required, merged, properties, texts, without_null,
};

/// The deepest member that is compared. Recursive types end before, where a pair of schemas comes again.
const DEEPEST: usize = 64;

struct Comparison<'a, Say> {
    /// Whether clients write it.
    input: bool,
    old: &'a Value,
    new: &'a Value,
    /// Pairs of references that were compared already.
    seen: BTreeSet<(String, String)>,
    say: Say,
}

/// Reports each change of a type; `path` is where it stands.
pub(super) fn compare(
    input: bool,
    old: &Value,
    new: &Value,
    path: &str,
    say: &mut impl FnMut(String, bool),
) {
    let mut comparison = Comparison { input, old, new, seen: BTreeSet::new(), say };
    comparison.compare(old, new, path, 0);
}

impl<Say: FnMut(String, bool)> Comparison<'_, &mut Say> {
    fn compare(&mut self, old: &Value, new: &Value, path: &str, depth: usize) {
        let reference =
            |schema: &Value| schema.get("$ref").and_then(Value::as_str).map(str::to_owned);
        if let (Some(old), Some(new)) = (reference(old), reference(new))
            && !self.seen.insert((old, new))
        {
            return;
        }
        if depth > DEEPEST {
            return;
        }
        let (old, new) = (merged(self.old, old), merged(self.new, new));
        let (old, was_null) = split(self.old, &old);
        let (new, is_null) = split(self.new, &new);
        match (was_null, is_null) {
            (false, true) => (self.say)(format!("{path} may be null"), !self.input),
            (true, false) => (self.say)(format!("{path} may not be null any more"), self.input),
            _ => {}
        }
        match (choices(self.old, &old), choices(self.new, &new)) {
            (Some(before), Some(now)) => return self.choices(&before, &now, path, depth),
            (None, None) => {}
            _ => return (self.say)(format!("{path} has another form"), true),
        }
        let (was, is) = (kind(&old), kind(&new));
        if was != is {
            return self.kind(&was, &is, path);
        }
        self.members(&old, &new, path, depth);
        self.items(&old, &new, path, depth);
    }

    /// Variants that came and went.
    fn choices(
        &mut self,
        old: &BTreeMap<String, Value>,
        new: &BTreeMap<String, Value>,
        path: &str,
        depth: usize,
    ) {
        for (name, schema) in old {
            match new.get(name) {
                Some(now) => self.compare(schema, now, &format!("{path}<{name}>"), depth + 1),
                None => (self.say)(format!("{path} cannot be {name} any more"), self.input),
            }
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            (self.say)(format!("{path} can be {name}"), !self.input);
        }
    }

    fn kind(&mut self, was: &str, is: &str, path: &str) {
        let wider = |narrow: &str, wide: &str| {
            wide == "anything" || (narrow == "integer" && wide == "number")
        };
        let safe = if self.input { wider(was, is) } else { wider(is, was) };
        (self.say)(format!("{path} was {was}, and is {is}"), !safe);
    }

    fn members(&mut self, old: &Value, new: &Value, path: &str, depth: usize) {
        let (before, now) = (properties(old), properties(new));
        let closed = is_closed(new);
        for (name, schema) in before.into_iter().flatten() {
            let at = format!("{path}.{name}");
            let Some(member) = now.and_then(|now| now.get(name)) else {
                (self.say)(format!("{at} is gone"), !self.input || closed);
                continue;
            };
            match (is_required(old, name), is_required(new, name)) {
                (false, true) => (self.say)(format!("{at} is required"), self.input),
                (true, false) => (self.say)(format!("{at} may be absent"), !self.input),
                _ => {}
            }
            self.compare(schema, member, &at, depth + 1);
        }
        for name in now.into_iter().flatten().map(|(name, _)| name) {
            if before.is_some_and(|before| before.contains_key(name)) {
                continue;
            }
            let needed = self.input && is_required(new, name);
            let what = if needed { "is new and required" } else { "is new" };
            (self.say)(format!("{path}.{name} {what}"), needed);
        }
    }

    fn items(&mut self, old: &Value, new: &Value, path: &str, depth: usize) {
        for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
            if let (Some(old), Some(new)) = (old.get(key), new.get(key)) {
                self.compare(old, new, &format!("{path}{suffix}"), depth + 1);
            }
        }
        let list = |schema: &Value| schema.get("prefixItems").and_then(Value::as_array).cloned();
        let (before, now) = (list(old).unwrap_or_default(), list(new).unwrap_or_default());
        if before.len() != now.len() {
            return (self.say)(
                format!("{path} had {} items, and has {}", before.len(), now.len()),
                true,
            );
        }
        for (index, (old, new)) in before.iter().zip(&now).enumerate() {
            self.compare(old, new, &format!("{path}[{index}]"), depth + 1);
        }
        for (key, narrower) in
            [("minimum", true), ("maximum", false), ("minLength", true), ("maxLength", false)]
        {
            let (Some(before), Some(now)) = (old.get(key), new.get(key)) else { continue };
            if before == now {
                continue;
            }
            let grew = now.as_f64() > before.as_f64();
            let breaks = if self.input { grew == narrower } else { grew != narrower };
            (self.say)(
                format!("{path} had the {key} {}, and has {}", shown(before), shown(now)),
                breaks,
            );
        }
    }
}

/// The schema without null, and whether null was among it.
fn split(root: &Value, schema: &Value) -> (Value, bool) {
    match without_null(schema) {
        Some(some) => (merged(root, &some), true),
        None => (schema.clone(), false),
    }
}

/// The variants of an enum, by a name that tells them apart.
fn choices(root: &Value, schema: &Value) -> Option<BTreeMap<String, Value>> {
    let Some(all) = alternatives(schema) else {
        let texts = texts(schema)?;
        return Some(
            texts.into_iter().map(|text| (format!("{text:?}"), Value::Bool(true))).collect(),
        );
    };
    let mut found = BTreeMap::new();
    for (index, one) in all.iter().enumerate() {
        let one = merged(root, one);
        if let Some(texts) = texts(&one) {
            found.extend(texts.into_iter().map(|text| (format!("{text:?}"), Value::Bool(true))));
            continue;
        }
        let constant = |(name, member): (&String, &Value)| match texts(member)?.as_slice() {
            [text] => Some(format!("{name} {text:?}")),
            _ => None,
        };
        let tag = properties(&one).into_iter().flatten().find_map(constant);
        let only = || match properties(&one)?.keys().collect::<Vec<_>>().as_slice() {
            [name] => Some((*name).clone()),
            _ => None,
        };
        let name = tag.or_else(only).unwrap_or_else(|| format!("{} ({})", kind(&one), index + 1));
        found.insert(name, one);
    }
    Some(found)
}

/// What a value of the schema is, in a word.
fn kind(schema: &Value) -> String {
    match schema.get("type") {
        Some(kind) => shown(kind),
        None if properties(schema).is_some() => "object".to_owned(),
        None => "anything".to_owned(),
    }
}
