//! One member for each kind of type that a callable's data can have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::Int64;

/// Every kind of type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Everything {
    /// A text.
    pub(crate) text: String,
    pub(crate) yes: bool,
    pub(crate) small: u8,
    pub(crate) signed: i32,
    pub(crate) big: i64,
    pub(crate) exact: Int64,
    pub(crate) unsigned: u64,
    pub(crate) real: f64,
    pub(crate) letter: char,
    pub(crate) nothing: (),
    pub(crate) anything: Value,
    pub(crate) bytes: Vec<u8>,
    pub(crate) list: Vec<String>,
    pub(crate) set: BTreeSet<u32>,
    pub(crate) pair: (String, f64),
    pub(crate) triple: [f64; 3],
    pub(crate) map: BTreeMap<String, u32>,
    pub(crate) numbered: BTreeMap<u32, Color>,
    /// May be null, or absent in a request.
    pub(crate) maybe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sometimes: Option<Point>,
    #[serde(default = "one")]
    pub(crate) with_default: u32,
    pub(crate) color: Color,
    pub(crate) shape: Shape,
    pub(crate) event: Event,
    pub(crate) change: Change,
    pub(crate) loose: Loose,
    pub(crate) id: UserId,
    pub(crate) page: Page<Point>,
    pub(crate) other_page: Page<String>,
    pub(crate) tree: Tree,
    pub(crate) next: Option<Box<Node>>,
    pub(crate) day: NaiveDate,
    #[serde(flatten)]
    pub(crate) audit: Audit,
    #[serde(rename = "class")]
    pub(crate) reserved: String,
    pub(crate) snake_case: bool,
    #[serde(rename = "with-dash")]
    pub(crate) with_dash: bool,
}

fn one() -> u32 {
    1
}

/// An enum of names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Color {
    /// As blood.
    Red,
    DarkGreen,
}

/// Tagged outside: serde's default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Shape {
    Nothing,
    Square(f64),
    Line(Point, Point),
    /// Round.
    Circle {
        center: Point,
        radius: f64,
    },
}

/// Tagged inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum Event {
    SignedOut,
    /// A move.
    MovedTo(Point),
    Renamed {
        #[serde(default)]
        from: Option<String>,
        to: String,
    },
}

/// Tagged beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "value", rename_all = "camelCase")]
pub(crate) enum Change {
    Cleared,
    Text(String),
    At { line: u32, column: u32 },
}

/// Without a tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Loose {
    Number(f64),
    Text(String),
    Point(Point),
    Many(Vec<bool>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// The id of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct UserId(pub(crate) String);

/// Some of many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_page: Option<String>,
}

/// Recursive in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tree {
    pub(crate) name: String,
    pub(crate) children: Vec<Tree>,
}

/// Recursive without a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Node {
    pub(crate) value: i32,
    pub(crate) next: Option<Box<Node>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Audit {
    pub(crate) created_by: UserId,
    pub(crate) created_at: DateTime<Utc>,
}
