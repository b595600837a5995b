//! Queries on one collection. Source: google/firestore/v1/query.proto.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{
    CollectionPath, FirestoreError,
    answer::{self, ErrorObject},
    document::DocumentJson,
    field_path::quoted_path,
    value::Value,
    write_value::value,
};

/// Documents of a query without its own limit.
const DEFAULT_LIMIT: u32 = 100;

/// A query on the documents of one collection: filters, all of which must hold, an order, and a limit of 100 documents
/// unless [`Self::limit`] sets another.
///
/// ```
/// use firebase_callable_google::firestore::{CollectionPath, Compare, Direction, Query};
///
/// let query = Query::new(&CollectionPath::new("notes")?)
///     .filter("owner", Compare::Equal, "ada")
///     .filter("likes", Compare::GreaterOrEqual, 10)
///     .order_by("likes", Direction::Descending)
///     .limit(20);
/// # Ok::<(), firebase_callable_google::firestore::FirestoreError>(())
/// ```
#[derive(Clone)]
pub struct Query {
    pub(super) collection: CollectionPath,
    /// Or the first value that cannot be compared with, which the request reports.
    filters: Result<Vec<Json>, FirestoreError>,
    order: Vec<Json>,
    start_after: Option<Result<Value, FirestoreError>>,
    limit: u32,
}

/// Shows no value.
impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// How a field is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compare {
    /// `==`; with null and NaN as well.
    Equal,
    /// `!=`; documents without the field are not found.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// The field is an array that has the value.
    ArrayContains,
    /// The field is an array that has one of the values in this array.
    ArrayContainsAny,
    /// The field is one of the values in this array.
    In,
    /// The field exists, and is none of the values in this array.
    NotIn,
}

impl Compare {
    fn name(self) -> &'static str {
        match self {
            Self::Equal => "EQUAL",
            Self::NotEqual => "NOT_EQUAL",
            Self::Less => "LESS_THAN",
            Self::LessOrEqual => "LESS_THAN_OR_EQUAL",
            Self::Greater => "GREATER_THAN",
            Self::GreaterOrEqual => "GREATER_THAN_OR_EQUAL",
            Self::ArrayContains => "ARRAY_CONTAINS",
            Self::ArrayContainsAny => "ARRAY_CONTAINS_ANY",
            Self::In => "IN",
            Self::NotIn => "NOT_IN",
        }
    }
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl Query {
    /// All documents of a collection, without those of collections below it.
    #[must_use]
    pub fn new(collection: &CollectionPath) -> Self {
        Self {
            collection: collection.clone(),
            filters: Ok(Vec::new()),
            order: Vec::new(),
            start_after: None,
            limit: DEFAULT_LIMIT,
        }
    }

    /// Only documents whose `field` compares with `operand` like this. A dot leads to a field inside a map. Write the
    /// field's name in the program; the operand may come from a client.
    #[must_use]
    pub fn filter(mut self, field: &str, compare: Compare, operand: impl Serialize) -> Self {
        if let Ok(filters) = &mut self.filters {
            match value(&operand) {
                Ok(operand) => filters.push(filter(field, compare, &operand)),
                Err(error) => self.filters = Err(error),
            }
        }
        self
    }

    /// In the order of this field; after earlier calls, where their fields are equal.
    #[must_use]
    pub fn order_by(mut self, field: &str, direction: Direction) -> Self {
        let direction = match direction {
            Direction::Ascending => "ASCENDING",
            Direction::Descending => "DESCENDING",
        };
        self.order.push(json!({ "field": field_json(field), "direction": direction }));
        self
    }

    /// At most so many documents.
    #[must_use]
    pub fn limit(mut self, documents: u32) -> Self {
        self.limit = documents;
        self
    }

    /// Continues after a document with these values in the fields of [`Self::order_by`], in the same order: an array,
    /// or a tuple if they differ in type.
    #[must_use]
    pub fn start_after(mut self, values: impl Serialize) -> Self {
        self.start_after = Some(value(&values));
        self
    }

    /// The body of the request.
    pub(super) fn body(&self) -> Result<String, FirestoreError> {
        let filters = self.filters.as_ref().map_err(Clone::clone)?;
        let (_, id) = self.collection.parts();
        let mut query = Map::new();
        let mut put = |member: &str, value: Json| query.insert(member.to_owned(), value);
        put("from", json!([{ "collectionId": id }]));
        match filters.as_slice() {
            [] => {}
            [only] => drop(put("where", only.clone())),
            all => {
                put("where", json!({ "compositeFilter": { "op": "AND", "filters": all } }));
            }
        }
        if !self.order.is_empty() {
            put("orderBy", self.order.clone().into());
        }
        match &self.start_after {
            None => {}
            Some(Ok(Value::Array(values))) => {
                put("startAt", json!({ "values": values, "before": false }));
            }
            Some(Ok(_)) => {
                let problem = "start_after takes an array or a tuple".to_owned();
                return Err(FirestoreError::Unstorable(problem));
            }
            Some(Err(error)) => return Err(error.clone()),
        }
        put("limit", self.limit.into());
        Ok(json!({ "structuredQuery": query }).to_string())
    }
}

fn field_json(field: &str) -> Json {
    json!({ "fieldPath": quoted_path(field) })
}

/// Null and NaN have filters of their own.
fn filter(field: &str, compare: Compare, operand: &Value) -> Json {
    let field = field_json(field);
    let unary = match (compare, operand) {
        (Compare::Equal, Value::Null) => Some("IS_NULL"),
        (Compare::NotEqual, Value::Null) => Some("IS_NOT_NULL"),
        (Compare::Equal, Value::Double(value)) if value.is_nan() => Some("IS_NAN"),
        (Compare::NotEqual, Value::Double(value)) if value.is_nan() => Some("IS_NOT_NAN"),
        _ => None,
    };
    match unary {
        Some(op) => json!({ "unaryFilter": { "op": op, "field": field } }),
        None => {
            let op = compare.name();
            json!({ "fieldFilter": { "field": field, "op": op, "value": operand } })
        }
    }
}

/// An element of a query's answer: a document, or only a time, or an error in the middle of the answer.
#[derive(Deserialize)]
pub(super) struct Element {
    document: Option<DocumentJson>,
    error: Option<ErrorObject>,
}

pub(super) fn documents(answer: Vec<Element>) -> Result<Vec<DocumentJson>, FirestoreError> {
    let documents = answer.into_iter().filter_map(|element| match element.error {
        Some(error) => Some(Err(answer::of_object(&error, 500))),
        None => element.document.map(Ok),
    });
    documents.collect()
}
