//! The types of a project's callables, as the writers of all languages need them.
//!
//! `names` gives each type of the schemas its name, `read` reads a schema, and `union` those of enums.

mod names;
mod read;
mod schema;
mod union;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::names::{is_taken, pascal, words};
pub(crate) use self::schema::{
    alternatives, is_closed, is_required, merged, properties, texts, without_null,
};
use crate::contract::{Contract, Contracts, Role};

/// All types, and the callables that use them.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// By name.
    pub(crate) definitions: BTreeMap<String, Definition>,
    pub(crate) callables: Vec<Operation>,
}

/// A callable.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) input: Type,
    pub(crate) output: Type,
    /// Of one that streams.
    pub(crate) chunk: Option<Type>,
    pub(crate) details: Option<Type>,
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Any JSON.
    Any,
    Null,
    Bool,
    Integer(Integer),
    Number,
    Text,
    List(Box<Type>),
    Tuple(Vec<Type>),
    /// With texts as keys.
    Map(Box<Type>),
    /// Or null.
    Optional(Box<Type>),
    /// A definition.
    Named(String),
}

/// Which integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    /// 32 bits with a sign are enough.
    Narrow,
    /// Wider, but exact in a double.
    Wide,
    /// 64 bits, written as a JSON number: exact up to 2^53.
    Int64,
    UInt64,
    /// 64 bits, exact by the wrapper of the protocol.
    ExactInt64,
}

/// A type with a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) docs: Vec<String>,
    pub(crate) shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Struct(Struct),
    /// One of some texts.
    Texts(Vec<Named<()>>),
    Union(Union),
    /// Another name for a type.
    Alias(Type),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Struct {
    pub(crate) members: Vec<Member>,
    /// The type of all other members, if there may be some.
    pub(crate) others: Option<Type>,
}

/// A member of a struct.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// On the wire.
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) ty: Type,
    /// Whether it is always there.
    pub(crate) required: bool,
}

/// One of several types.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Union {
    /// The member that tells the variants apart, if one does.
    pub(crate) tag: Option<String>,
    pub(crate) variants: Vec<Named<Payload>>,
}

/// Something with a name and docs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named<T> {
    /// On the wire, or made from the type.
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) value: T,
}

/// What a variant holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Payload {
    /// The variant's name as a text.
    Text,
    /// `{"<the variant's name>": …}`.
    Keyed(Type),
    /// An object with these members beside the tag, which is the variant's name.
    Tagged(Struct),
    /// The type alone: which variant it is, only its form tells.
    Plain(Type),
}

impl Model {
    pub(crate) fn new(contracts: &Contracts) -> Self {
        let names = names::Names::new(contracts);
        let mut model = Self::default();
        for contract in &contracts.callables {
            let mut read = |role| read::read(&mut model.definitions, &names, contract, role);
            let [input, output, chunk, details] = Role::ALL.map(&mut read);
            model.callables.push(Operation {
                name: contract.name.clone(),
                docs: contract.description.as_deref().map(lines).unwrap_or_default(),
                input: input.unwrap_or(Type::Any),
                output: output.unwrap_or(Type::Any),
                chunk: chunk.or_else(|| contract.stream.then_some(Type::Any)),
                details,
            });
        }
        model
    }

    /// The type that a type stands for, if it is an alias.
    pub(crate) fn target<'a>(&'a self, ty: &'a Type) -> &'a Type {
        let mut found = ty;
        for _ in 0..self.definitions.len() {
            let Type::Named(name) = found else { break };
            let definition = self.definitions.get(name);
            let Some(Definition { shape: Shape::Alias(next), .. }) = definition else { break };
            found = next;
        }
        found
    }
}

impl Model {
    /// All types that stand somewhere.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        let calls = self.callables.iter().flat_map(|one| {
            [Some(&one.input), Some(&one.output), one.chunk.as_ref(), one.details.as_ref()]
                .into_iter()
                .flatten()
        });
        calls.chain(self.definitions.values().flat_map(|definition| definition.shape.types()))
    }

    /// Whether a value of this type has a value of this type in it that is in no list and no map.
    pub(crate) fn holds_itself(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            let Some(definition) = self.definitions.get(next) else { continue };
            for inner in definition.shape.types().into_iter().flat_map(Type::held) {
                if inner == name {
                    return true;
                }
                if seen.insert(inner) {
                    open.push(inner);
                }
            }
        }
        false
    }
}

impl Shape {
    fn types(&self) -> Vec<&Type> {
        fn of(of: &Struct) -> impl Iterator<Item = &Type> {
            of.members.iter().map(|member| &member.ty).chain(&of.others)
        }
        match self {
            Self::Struct(members) => of(members).collect(),
            Self::Texts(_) => Vec::new(),
            Self::Alias(ty) => vec![ty],
            Self::Union(union) => {
                let all = union.variants.iter().flat_map(|variant| match &variant.value {
                    Payload::Text => Vec::new(),
                    Payload::Keyed(ty) | Payload::Plain(ty) => vec![ty],
                    Payload::Tagged(members) => of(members).collect(),
                });
                all.collect()
            }
        }
    }
}

impl Type {
    /// The named types that a value of this type holds without a list or a map between.
    fn held(&self) -> Vec<&str> {
        match self {
            Self::Named(name) => vec![name],
            Self::Optional(some) => some.held(),
            Self::Tuple(items) => items.iter().flat_map(Self::held).collect(),
            _ => Vec::new(),
        }
    }
}

/// The name of a callable's type.
fn root_name(contract: &Contract, role: Role) -> String {
    format!("{}{}", pascal(&contract.name), role.name())
}

/// The lines of a doc comment.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}
