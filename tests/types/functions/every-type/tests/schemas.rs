//! The schemas of `callables.json` against the types that they are made from: what Rust writes is accepted by the output's
//! schema, and what the input's schema accepts is accepted by the callable. A failure prints the seed.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use shared::testing::Call;
use tokio::runtime::Runtime;

#[path = "../src/handler.rs"]
mod handler;
#[path = "../src/types.rs"]
mod types;

const CASES: u32 = 300;

/// The schema of the callable's input or output.
fn schema(role: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../callables.json");
    let contracts: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    contracts["callables"][0][role].clone()
}

/// Values that a schema describes, most of them: the validator has the last word.
fn described(root: &Value, schema: &Value, depth: u32) -> BoxedStrategy<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(&reference[1..]).unwrap();
        if depth == 0 {
            return Just(Value::Null).boxed();
        }
        let target = described(root, target, depth - 1);
        return if schema.get("properties").is_some() {
            joined(target, object(root, schema, depth))
        } else {
            target
        };
    }
    let all = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    if let Some(all) = all.and_then(Value::as_array) {
        let all = all.iter().map(|one| described(root, one, depth)).collect::<Vec<_>>();
        return proptest::strategy::Union::new(all).boxed();
    }
    if let Some(one) = schema.get("const") {
        return Just(one.clone()).boxed();
    }
    if let Some(all) = schema["enum"].as_array() {
        return proptest::sample::select(all.clone()).boxed();
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => {
            return proptest::sample::select(vec![json!(null), json!([1, "x"]), json!({"a": {}})])
                .boxed();
        }
        kind => vec![kind.clone()],
    };
    let kind = |kind: Value| {
        match kind.as_str().unwrap() {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => integer(schema),
        "number" => any::<i32>().prop_map(|number| json!(f64::from(number) / 8.0)).boxed(),
        "string" => match (schema["pattern"].as_str(), schema["maxLength"].as_u64()) {
            (Some(_), _) => (0..1_000_000_i64).prop_map(|digits| json!(digits.to_string())).boxed(),
            (None, Some(1)) => any::<char>().prop_map(|letter| json!(letter.to_string())).boxed(),
            _ if schema["format"] == "date" => "[0-9]{4}-[01][0-9]-[0-3][0-9]".prop_map(Value::from).boxed(),
            // `chrono` takes the second 60 of any minute, and writes it again; the format has it only at the end of a day.
            _ if schema["format"] == "date-time" => {
                "[0-9]{4}-0[1-9]-[012][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-5][0-9])"
                    .prop_map(Value::from)
                    .boxed()
            }
            _ => ".{0,9}".prop_map(Value::from).boxed(),
        },
        "array" => array(root, schema, depth),
        _ => object(root, schema, depth),
    }
    };
    proptest::strategy::Union::new(kinds.into_iter().map(kind).collect::<Vec<_>>()).boxed()
}

/// The limits themselves are as likely as all that is between.
fn integer(schema: &Value) -> BoxedStrategy<Value> {
    let (least, most) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_u64().unwrap());
    let between = least..=i64::try_from(most).unwrap_or(i64::MAX);
    prop_oneof![Just(json!(least)), Just(json!(most)), between.prop_map(|number| json!(number))]
        .boxed()
}

fn array(root: &Value, schema: &Value, depth: u32) -> BoxedStrategy<Value> {
    if let Some(items) = schema["prefixItems"].as_array() {
        let items: Vec<_> = items.iter().map(|item| described(root, item, depth)).collect();
        return items.prop_map(Value::from).boxed();
    }
    let size = |name: &str| schema[name].as_u64().and_then(|size| usize::try_from(size).ok());
    let most = if depth <= 1 { 0 } else { 3 };
    let sizes = size("minItems").unwrap_or(0)..=size("maxItems").unwrap_or(most);
    proptest::collection::vec(described(root, &schema["items"], depth), sizes)
        .prop_map(Value::from)
        .boxed()
}

/// Members that may be absent sometimes are; sometimes there is one that is unknown.
fn object(root: &Value, schema: &Value, depth: u32) -> BoxedStrategy<Value> {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
    };
    let mut members: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let (name, chance) = (name.clone(), if required(name) { 0.998 } else { 0.6 });
        let member = proptest::option::weighted(chance, described(root, member, depth));
        members = (members, member)
            .prop_map(move |(mut members, member)| {
                members.extend(member.map(|member| (name.clone(), member)));
                members
            })
            .boxed();
    }
    let (key, others) =
        match schema["patternProperties"].as_object().and_then(|all| all.values().next()) {
            // The schema says "digits"; the callable refuses numbers that its type does not have, and zeros ahead.
            Some(others) => ("[1-9][0-9]{0,8}", others),
            None if schema["additionalProperties"].is_object() => {
                ("[a-zä ]{1,5}", &schema["additionalProperties"])
            }
            None => return members.prop_map(Value::from).boxed(),
        };
    (members, proptest::collection::btree_map(key, described(root, others, depth), 0..3))
        .prop_map(|(mut members, others)| {
            members.extend(others);
            Value::from(members)
        })
        .boxed()
}

/// The members of both objects.
fn joined(one: BoxedStrategy<Value>, other: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (one, other)
        .prop_map(|(mut one, other)| {
            if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
                one.extend(other);
            }
            one
        })
        .boxed()
}

/// Of formats such as `date`, too, which validators only look at if they are told to.
fn formats() -> jsonschema::ValidationOptions<'static> {
    jsonschema::options().should_validate_formats(true)
}

/// `value` with one part changed into something else, or as it is.
fn disturbed(value: Value) -> impl Strategy<Value = Value> {
    let other = proptest::sample::select(vec![
        json!(null),
        json!(""),
        json!(-1),
        json!(1.5),
        json!([]),
        json!({}),
        json!(true),
    ]);
    let names: Vec<_> = value.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let change = proptest::option::weighted(0.5, (any::<proptest::sample::Index>(), other));
    change.prop_map(move |change| {
        let mut value = value.clone();
        if let (Some((index, other)), false) = (change, names.is_empty()) {
            value[index.get(&names)] = other;
        }
        value
    })
}

#[test]
fn what_the_input_schema_accepts_is_accepted_and_what_comes_back_fits_the_output_schema() {
    let (input, output) = (schema("input"), schema("output"));
    let [accepts, fits] = [&input, &output].map(|schema| formats().build(schema).unwrap());
    let strategy = described(&input, &input, 5).prop_flat_map(disturbed);
    let runtime = Runtime::new().unwrap();
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    // SEED repeats a run.
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&strategy, |data| {
        let valid = accepts.is_valid(&data);
        let answer = runtime.block_on(Call::with(data.clone()).to(handler::callable()));
        let count = if valid { &accepted } else { &refused };
        count.set(count.get() + 1);
        if valid {
            prop_assert_eq!(answer.status.as_u16(), 200, "{} {:?}", data, answer.error());
        }
        if answer.status == 200 {
            let result = answer.result();
            let problem = fits.iter_errors(&result).next().map(|problem| problem.to_string());
            prop_assert_eq!(problem, None, "{}", result);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("SEED={seed}: {failure}"));
    let (accepted, refused) = (accepted.get(), refused.get());
    println!("{accepted} accepted, {refused} refused");
    assert!(
        accepted > CASES / 20 && refused > CASES / 20,
        "SEED={seed}: {accepted} accepted, {refused} refused"
    );
}
