//! The fields that an answer calls invalid. A field must be a member of the `data` that was sent: a validation library
//! that has not been told of serde's names would otherwise name a field that the client does not know.

use serde_json::Value;

use super::Answer;

impl Answer {
    /// The wrong fields of an INVALID_ARGUMENT answer, one `<field>: <problem>` each. `data` is the argument of the call.
    ///
    /// Panics if a field is not a member of `data`: its name is then probably that of the Rust struct, `first_name`, and
    /// not that of the JSON, `firstName`. So send every member, as `null` if need be.
    ///
    /// ```
    /// # use serde_json::{Value, json};
    /// # use shared::{Callable, CallableRequest, HttpsError, testing::Call};
    /// # async fn refuse(_: CallableRequest<Value>) -> Result<(), HttpsError> {
    /// #     Err(HttpsError::invalid_fields([("data.text", "is empty"), ("data.tags[1]", "is too long")]))
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let data = json!({"text": "", "tags": ["a", "bbb"]});
    /// let answer = Call::with(&data).to(Callable::new(refuse)).await;
    /// assert_eq!(answer.invalid_fields(&data), ["data.text: is empty", "data.tags[1]: is too long"]);
    /// # });
    /// ```
    #[must_use]
    pub fn invalid_fields(&self, data: &Value) -> Vec<String> {
        let error = self.error();
        assert_eq!(error["status"], "INVALID_ARGUMENT", "{error}");
        let details = &error["details"];
        let one = std::slice::from_ref(details);
        let fields = details["fields"].as_array().map_or(one, Vec::as_slice);
        let text = |field: &Value, name: &str| field[name].as_str().expect("a string").to_owned();
        let named = |field| {
            let path = text(field, "field");
            let steps = path.strip_prefix("data");
            assert!(
                steps.is_some_and(|steps| leads_to_a_member(data, steps)),
                "{path} is not a member of the data that was sent. Is it the name of a Rust field? Is it missing in the \
                 data of the test? data: {data}"
            );
            format!("{path}: {}", text(field, "problem"))
        };
        fields.iter().map(named).collect()
    }
}

/// Whether the rest of a path, such as `.items[2].name`, leads to a member of `value`. Names may contain dots.
fn leads_to_a_member(value: &Value, steps: &str) -> bool {
    match value {
        _ if steps.is_empty() => true,
        Value::Object(members) => members.iter().any(|(name, member)| {
            let plain = steps.strip_prefix('.').and_then(|steps| steps.strip_prefix(name.as_str()));
            let rest = plain.or_else(|| steps.strip_prefix(&format!("[{name:?}]")));
            rest.is_some_and(|rest| leads_to_a_member(member, rest))
        }),
        Value::Array(items) => {
            let step = steps.strip_prefix('[').and_then(|steps| steps.split_once(']'));
            let index = step.and_then(|(index, _)| index.parse::<usize>().ok());
            let item = index.and_then(|index| items.get(index));
            item.zip(step).is_some_and(|(item, (_, rest))| leads_to_a_member(item, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_to_a_member_through_objects_and_lists() {
        let data = json!({"items": [{"name": null}, {"a.b": {"c": 1}}], "odd name": [[0]]});
        for path in [
            "",
            ".items",
            ".items[0]",
            ".items[0].name",
            ".items[1].a.b.c",
            r#"["odd name"][0][0]"#,
        ] {
            assert!(leads_to_a_member(&data, path), "{path}");
        }
        for path in [
            ".item",
            ".items_",
            ".items[2]",
            ".items[0].name.x",
            "items",
            ".items[x]",
            ".name",
            ".",
        ] {
            assert!(!leads_to_a_member(&data, path), "{path}");
        }
    }
}
