//! What the template has for each function: the function with its routes, and the alarms on its failures.

use serde_json::{Map, Value, json};

use crate::function::{Function, Kind, routes_of};

/// In seconds, the longest that API Gateway lets a stream take.
const LONGEST_STREAM: u32 = 900;

/// The resource of a function. `code` is the folder of its program, as it stands in the template.
pub(crate) fn resource_of(function: &Function, code: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("CodeUri".to_owned(), code.into());
    if function.stream {
        // Set together with the transfer mode of the routes: either without the other corrupts every answer.
        let variables = json!({ "Variables": { "CALLABLE_RESPONSE_MODE": "stream" } });
        properties.insert("Environment".to_owned(), variables);
        properties.insert("Timeout".to_owned(), json!({ "Ref": "StreamTimeout" }));
    }
    if function.kind != Kind::Scheduled {
        let mut events = Map::new();
        for name in &function.names {
            let [call, as_emulator] = routes_of(name);
            let mut id = "Call".to_owned();
            if function.is_group {
                id += &alphanumeric(name);
            }
            while events.contains_key(&id) {
                id.push('2'); // addNote and add-note
            }
            events.insert(id.clone(), event(&call, "ANY", function.stream));
            events.insert(format!("{id}AsEmulator"), event(&as_emulator, "ANY", function.stream));
        }
        properties.insert("Events".to_owned(), events.into());
    }
    properties.insert("Policies".to_owned(), json!([reads_mirror()]));
    json!({
        "Type": "AWS::Serverless::Function",
        // `cargo callable build` has built it.
        "Metadata": { "SkipBuild": true },
        "Properties": properties,
    })
}

/// `addNote` is `AddNote`, for the id of an event. An id has letters and digits only.
fn alphanumeric(name: &str) -> String {
    let words = name.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// What the function may read of the mirror of key sets, if there is one.
fn reads_mirror() -> Value {
    let objects = "arn:${AWS::Partition}:s3:::${KeysMirrorBucket}/firebase-keys/*";
    let statement = json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": { "Fn::Sub": objects },
    });
    let policy = json!({ "Statement": [statement] });
    json!({ "Fn::If": ["HasKeysMirror", policy, { "Ref": "AWS::NoValue" }] })
}

/// A route of the gateway. Every method goes to the function, so that a wrong one gets a callable error and not the
/// gateway's own page.
fn event(path: &str, method: &str, stream: bool) -> Value {
    let mut properties = Map::new();
    properties.insert("RestApiId".to_owned(), json!({ "Ref": "Api" }));
    properties.insert("Path".to_owned(), path.into());
    properties.insert("Method".to_owned(), method.into());
    if stream {
        properties.insert("ResponseTransferMode".to_owned(), "RESPONSE_STREAM".into());
        properties.insert("TimeoutInMillis".to_owned(), (LONGEST_STREAM * 1000).into());
    }
    json!({ "Type": "Api", "Properties": properties })
}

/// Preflights of routes that do not exist, at each depth. Without a 2xx the browser never sends the call, and the app sees
/// `internal` in place of the gateway's NOT_FOUND. A single `/{proxy+}` is not possible: API Gateway allows one variable
/// per level, and `{project}` is already there.
pub(crate) const PREFLIGHTS: [(&str, &str); 4] = [
    ("PreflightOfRoot", "/"),
    ("PreflightOfUnknown", "/{project}"),
    ("PreflightOfTwoParts", "/{project}/{region}"),
    ("PreflightOfMoreParts", "/{project}/{region}/{proxy+}"),
];

/// Lets one function answer preflights of unknown routes: the first callable that is always deployed. Any callable can.
pub(crate) fn add_preflights(functions: &[Function], resources: &mut Map<String, Value>) {
    let always = |function: &&Function| {
        function.kind == Kind::Callable
            && resources
                .get(&function.logical_id())
                .is_some_and(|resource| resource.get("Condition").is_none())
    };
    let Some(id) = functions.iter().find(always).map(Function::logical_id) else { return };
    let events =
        resources.get_mut(&id).and_then(|resource| resource.pointer_mut("/Properties/Events"));
    let Some(Value::Object(events)) = events else { return };
    for (name, path) in PREFLIGHTS {
        events.entry(name).or_insert_with(|| event(path, "OPTIONS", false));
    }
}

/// The alarms on a function's crashes and throttled calls, with the condition under which it is deployed. Those that the
/// project defines itself stay.
pub(crate) fn add_alarms(function: &Function, template: &mut Map<String, Value>) {
    let id = function.logical_id();
    let stem = id.trim_end_matches("Function").to_owned();
    let own_condition =
        template.get("Resources").and_then(|all| all.get(&id)?.get("Condition").cloned());
    let mut condition = "HasAlarms".to_owned();
    if let Some(Value::String(own)) = own_condition {
        condition = format!("{own}AndHasAlarms");
        let both = json!({ "Fn::And": [{ "Condition": own }, { "Condition": "HasAlarms" }] });
        insert_new(template, "Conditions", &condition, both);
    }
    for (metric, description) in [
        ("Errors", format!("{} crashed, or ran out of time or memory.", function.name)),
        (
            "Throttles",
            format!("Lambda throttled calls of {} because no concurrency was left.", function.name),
        ),
    ] {
        let alarm = json!({
            "Type": "AWS::CloudWatch::Alarm",
            "Condition": condition,
            "Properties": {
                "AlarmDescription": description,
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{ "Name": "FunctionName", "Value": { "Ref": id } }],
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [{ "Ref": "AlarmTopicArn" }],
            },
        });
        insert_new(template, "Resources", &format!("{stem}{metric}"), alarm);
    }
}

fn insert_new(template: &mut Map<String, Value>, section: &str, key: &str, value: Value) {
    if let Some(Value::Object(entries)) = template.get_mut(section) {
        entries.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::resource_of;
    use crate::function::{Declared, Function, Kind};

    #[test]
    fn each_name_of_several_callables_has_both_routes_also_names_that_differ_in_signs_only() {
        let names = ["addNote", "add-note", "AddNote", "remove_note"].map(str::to_owned);
        let declared = Declared {
            kind: Some(Kind::Callable),
            names: Some(names.to_vec()),
            ..Declared::default()
        };
        let function = Function::new("notes", declared).unwrap();
        let resource = resource_of(&function, "x");
        let events = resource.pointer("/Properties/Events").unwrap().as_object().unwrap();
        let paths: Vec<_> =
            events.values().map(|event| event.pointer("/Properties/Path").unwrap()).collect();
        assert_eq!(paths, function.routes().iter().collect::<Vec<_>>());
        assert!(events.keys().all(|id| id.chars().all(|sign| sign.is_ascii_alphanumeric())));
        assert_eq!(events.keys().next().unwrap(), "CallAddNote");
    }
}
