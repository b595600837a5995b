//! What clients need to know of a callable: the JSON Schemas of its types, whether it streams, and who may call it. Only
//! with the feature `contract`, which no release build has; without it `no_contract.rs` stands here.

use std::any::type_name;

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde::Serialize;

/// The schemas of a callable's types, made when they are asked for.
#[derive(Default)]
pub(crate) struct Types {
    handler: Option<Handler>,
    details: Option<fn() -> Schema>,
}

impl Types {
    /// The types of the handler `H`. `streams` says whether it sends chunks.
    pub(super) fn set_handler<H, In, Chunk, Out>(&mut self, streams: bool)
    where
        In: JsonSchema,
        Chunk: JsonSchema + ?Sized,
        Out: JsonSchema,
    {
        self.handler = Some(Handler {
            name: type_name::<H>(),
            input: requests::<In>,
            output: answers::<Out>,
            chunk: if streams { Some(answers::<Chunk>) } else { None },
        });
    }

    /// The type of an error's details.
    pub(super) fn set_details<T: JsonSchema>(&mut self) {
        self.details = Some(answers::<T>);
    }
}

struct Handler {
    name: &'static str,
    input: fn() -> Schema,
    output: fn() -> Schema,
    chunk: Option<fn() -> Schema>,
}

/// A callable as clients see it. The program prints it as one line of JSON when it is started with `--contract`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contract {
    /// The name of one of several callables in the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The path of the handler in its crate, as in `hello::handler::hello`. `None`, like all schemas, for a callable
    /// that was not made by one of the `typed` constructors.
    handler: Option<&'static str>,
    /// What `data` may be.
    input: Option<Schema>,
    /// What the result is.
    output: Option<Schema>,
    /// What each chunk is. `None` if it does not stream.
    chunk: Option<Schema>,
    /// What the details of an error are.
    details: Option<Schema>,
    /// Who may call, as far as an option says so: the handler may still refuse. `anyone`, `signedIn`, `claim` or
    /// `policy`.
    callers: &'static str,
    /// Whether a call needs an App Check token.
    app_check: bool,
}

impl Contract {
    pub(super) fn new(all: &Types, callers: &'static str, app_check: bool) -> Self {
        let types = all.handler.as_ref();
        Self {
            name: None,
            handler: types.map(|types| types.name),
            input: types.map(|types| (types.input)()),
            output: types.map(|types| (types.output)()),
            chunk: types.and_then(|types| types.chunk).map(|chunk| chunk()),
            details: all.details.map(|details| details()),
            callers,
            app_check,
        }
    }

    /// The contract of the callable that has this name among several.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    pub(crate) fn has_name(&self) -> bool {
        self.name.is_some()
    }
}

/// What is accepted as a `T`: a field with a default may be absent.
fn requests<T: JsonSchema>() -> Schema {
    schema::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// What a `T` is written as.
fn answers<T: JsonSchema + ?Sized>() -> Schema {
    schema::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema<T: JsonSchema + ?Sized>(settings: SchemaSettings) -> Schema {
    settings.with_transform(IntegerBounds).into_generator().into_root_schema_for::<T>()
}

/// Writes the limits of integers out: schemars names those of 32 and more bits by their format only.
#[derive(Clone, Debug)]
struct IntegerBounds;

impl Transform for IntegerBounds {
    fn transform(&mut self, schema: &mut Schema) {
        let format = schema.get("format").and_then(|format| format.as_str());
        let limits = match format {
            Some("int32") => Some((i64::from(i32::MIN), u64::from(i32::MAX.unsigned_abs()))),
            Some("uint32") => Some((0, u64::from(u32::MAX))),
            Some("int64" | "int" | "int128") => Some((i64::MIN, i64::MAX.unsigned_abs())),
            Some("uint64" | "uint" | "uint128") => Some((0, u64::MAX)),
            _ => None,
        };
        if let Some((least, most)) = limits {
            let limits = [("minimum", least.into()), ("maximum", most.into())];
            for (name, limit) in limits {
                if schema.get(name).is_none() {
                    schema.insert(name.to_owned(), limit);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}
