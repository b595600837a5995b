//! The error for members of `data` that are wrong: INVALID_ARGUMENT, with the path and the problem of each. Errors of
//! decoding `data` have the same form.

use std::fmt::Display;

use serde_json::json;

use super::HttpsError;

/// At most this many fields are listed: a list of a million wrong items must not become an answer of that length.
const MAX_FIELDS: usize = 100;
/// At most this many characters of a path are shown. A path may contain names that the client chose: the keys of a map.
const MAX_PATH_CHARS: usize = 256;

impl HttpsError {
    /// INVALID_ARGUMENT for wrong members of `data`: the path of each, as in the JSON that the client sent, and what is
    /// wrong with it. The problem should not quote the value.
    ///
    /// P9: one field has the form of an error of decoding: the message `<field>: <problem>`, and the details
    /// `{field, problem}`. Of several fields, the first is there in the same way, and `details.fields` lists all of
    /// them, the first included, up to a hundred. So a form marks every field of
    /// `details.fields ?? [details]`, whoever found the error.
    ///
    /// ```
    /// use shared::HttpsError;
    ///
    /// let error = HttpsError::invalid_fields([("data.text", "is empty"), ("data.tags[2]", "is too long")]);
    /// assert_eq!(error.message(), "data.text: is empty (and 1 more)");
    /// let details = error.details().unwrap();
    /// assert_eq!(details["field"], "data.text");
    /// assert_eq!(details["fields"][1]["field"], "data.tags[2]");
    /// assert_eq!(details["fields"][1]["problem"], "is too long");
    /// ```
    ///
    /// Without any field, the field is `data`, and the problem `is invalid`. For the paths of a validation library, see
    /// [`data_path`] and [`data_path_camel_case`].
    pub fn invalid_fields<F: Display, P: Display>(
        fields: impl IntoIterator<Item = (F, P)>,
    ) -> Self {
        let mut fields = fields.into_iter();
        let Some((field, problem)) = fields.next() else {
            return Self::invalid_field("data", "is invalid");
        };
        let (field, problem) = (shortened(&field), problem.to_string());
        let mut listed = vec![json!({"field": field, "problem": problem})];
        let others = fields.by_ref().take(MAX_FIELDS - 1);
        listed.extend(others.map(
            |(field, problem)| json!({"field": shortened(&field), "problem": problem.to_string()}),
        ));
        match listed.len() - 1 + fields.count() {
            0 => Self::invalid_field(&field, &problem),
            more => Self::invalid_argument(format!("{field}: {problem} (and {more} more)"))
                .with_details(json!({"field": field, "problem": problem, "fields": listed})),
        }
    }

    /// P8, P9: the error of one field.
    pub(crate) fn invalid_field(field: &str, problem: &str) -> Self {
        Self::invalid_argument(format!("{field}: {problem}"))
            .with_details(json!({"field": field, "problem": problem}))
    }
}

/// The path from the envelope to a member that a validation library names from the handler's type on: `items[2].name`
/// is `data.items[2].name`, and the empty path of the type itself is `data`.
///
/// The names stay as they are, apart from the `r#` of a Rust field such as `r#type`. If the type says
/// `#[serde(rename_all = "camelCase")]`, use [`data_path_camel_case`].
///
/// ```
/// use shared::data_path;
///
/// assert_eq!(data_path("items[2].name"), "data.items[2].name");
/// assert_eq!(data_path("[2]"), "data[2]");
/// assert_eq!(data_path(""), "data");
/// ```
#[must_use]
pub fn data_path(path: impl Display) -> String {
    renamed(&path, str::to_owned)
}

/// [`data_path`] for types with `#[serde(rename_all = "camelCase")]`: `items[2].first_name` is
/// `data.items[2].firstName`, since validation libraries know the names in Rust only.
///
/// It cannot know of a `#[serde(rename = "…")]` of a single field. A test finds such a field with `invalid_fields` of
/// [`testing::Answer`](crate::testing::Answer). The keys of a map are changed like the names of fields.
///
/// ```
/// assert_eq!(shared::data_path_camel_case("items[2].first_name"), "data.items[2].firstName");
/// ```
#[must_use]
pub fn data_path_camel_case(path: impl Display) -> String {
    renamed(&path, |name| {
        let mut words = name.split('_').filter(|word| !word.is_empty());
        let first = words.next().map(|word| with_first(word, char::to_ascii_lowercase));
        let others = words.map(|word| with_first(word, char::to_ascii_uppercase));
        first.into_iter().chain(others).collect()
    })
}

/// The word with its first character changed.
fn with_first(word: &str, change: fn(&char) -> char) -> String {
    let mut characters = word.chars();
    characters.next().iter().map(change).chain(characters.as_str().chars()).collect()
}

fn renamed(path: &impl Display, rename: impl Fn(&str) -> String) -> String {
    let path = path.to_string();
    let mut renamed = "data".to_owned();
    for (index, step) in path.split('.').filter(|_| !path.is_empty()).enumerate() {
        let (name, indices) = step.split_at(step.find('[').unwrap_or(step.len()));
        if index > 0 || !name.is_empty() {
            renamed.push('.');
        }
        renamed.push_str(&rename(name.strip_prefix("r#").unwrap_or(name)));
        renamed.push_str(indices);
    }
    renamed
}

fn shortened(path: &impl Display) -> String {
    let mut path = path.to_string();
    if let Some((end, _)) = path.char_indices().nth(MAX_PATH_CHARS) {
        path.truncate(end);
        path.push('…');
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn wire(error: &HttpsError) -> String {
        serde_json::to_string(&error.to_wire()).unwrap()
    }

    #[test]
    fn one_field_has_the_bytes_of_an_error_of_decoding() {
        let expected = r#"{"details":{"field":"data.text","problem":"is empty"},"message":"data.text: is empty","status":"INVALID_ARGUMENT"}"#;
        assert_eq!(wire(&HttpsError::invalid_fields([("data.text", "is empty")])), expected);
    }

    #[test]
    fn of_several_fields_the_first_is_where_code_for_one_field_looks_and_all_are_listed() {
        let fields = [("data.text", "is empty"), ("data.tags[2]", "is too long")];
        let expected = concat!(
            r#"{"details":{"field":"data.text","problem":"is empty","fields":["#,
            r#"{"field":"data.text","problem":"is empty"},{"field":"data.tags[2]","problem":"is too long"}]},"#,
            r#""message":"data.text: is empty (and 1 more)","status":"INVALID_ARGUMENT"}"#,
        );
        assert_eq!(wire(&HttpsError::invalid_fields(fields)), expected);
    }

    #[test]
    fn a_hundred_fields_are_listed_and_all_are_counted() {
        let listed = |count: usize| {
            let fields = (0..count).map(|index| (format!("data[{index}]"), "is empty"));
            let error = HttpsError::invalid_fields(fields);
            let list = error.details().unwrap()["fields"].as_array().map(Vec::len);
            (list, error.message().to_owned())
        };
        assert_eq!(listed(100), (Some(100), "data[0]: is empty (and 99 more)".to_owned()));
        assert_eq!(listed(101), (Some(100), "data[0]: is empty (and 100 more)".to_owned()));
        assert_eq!(listed(50_000), (Some(100), "data[0]: is empty (and 49999 more)".to_owned()));
    }

    #[test]
    fn a_long_path_is_cut() {
        let field = |length: usize| {
            let error = HttpsError::invalid_fields([("é".repeat(length), "is empty")]);
            error.details().unwrap()["field"].as_str().unwrap().to_owned()
        };
        assert_eq!(field(256), "é".repeat(256));
        assert_eq!(field(257), format!("{}…", "é".repeat(256)));
    }

    #[test]
    fn names_in_camel_case_are_those_of_serde() {
        #[derive(serde::Serialize, Default)]
        #[serde(rename_all = "camelCase")]
        #[allow(non_snake_case, reason = "names of every form")]
        struct Names {
            text: (),
            first_name: (),
            a_b_c: (),
            line_2: (),
            line2_x: (),
            _private_one: (),
            two__underscores: (),
            end_: (),
            mixedCase_name: (),
            größe_ähnlich: (),
            r#type: (),
        }

        let names = [
            "text",
            "first_name",
            "a_b_c",
            "line_2",
            "line2_x",
            "_private_one",
            "two__underscores",
            "end_",
            "mixedCase_name",
            "größe_ähnlich",
            "r#type",
        ];
        let json = serde_json::to_value(Names::default()).unwrap();
        let expected = json.as_object().unwrap().keys().map(|name| format!("data.{name}"));
        assert!(names.iter().map(data_path_camel_case).eq(expected), "{json}");
    }

    #[test]
    fn only_the_names_of_a_path_change() {
        for (path, camel_case) in [
            ("", "data"),
            ("[2]", "data[2]"),
            ("[2].bill_to", "data[2].billTo"),
            ("list_a[0][1].bill_to", "data.listA[0][1].billTo"),
        ] {
            assert_eq!(data_path_camel_case(path), camel_case);
        }
        assert_eq!(data_path("[2].bill_to"), "data[2].bill_to");
        assert_eq!(data_path("r#type.r#in[3]"), "data.type.in[3]");
    }

    #[test]
    fn without_a_field_the_data_as_a_whole_is_invalid() {
        let error = HttpsError::invalid_fields::<&str, &str>([]);
        assert_eq!(error.message(), "data: is invalid");
        assert_eq!(error.details().and_then(|details| details.get("fields")), None::<&Value>);
    }
}
