//! Validation with `garde`: every wrong field of the data, by its name in the JSON.

use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{Callable, CallableRequest, HttpsError, data_path_camel_case, testing::Call};

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct NewInvoice {
    #[garde(length(min = 1))]
    bill_to: String,
    #[garde(length(min = 1), dive)]
    items: Vec<Item>,
}

#[derive(Deserialize, Validate)]
struct Item {
    #[garde(length(chars, max = 40))]
    name: String,
    #[garde(range(min = 1))]
    count: u32,
}

/// The data if all of its rules hold; otherwise an error that names every field.
fn valid<T: Validate<Context = ()>>(data: T) -> Result<T, HttpsError> {
    let Err(report) = data.validate() else { return Ok(data) };
    let fields = report.iter().map(|(path, error)| (data_path_camel_case(path), error.message()));
    Err(HttpsError::invalid_fields(fields))
}

async fn create_invoice(request: CallableRequest<NewInvoice>) -> Result<u32, HttpsError> {
    let invoice = valid(request.data)?;
    Ok(invoice.items.iter().map(|item| item.count).sum())
}

#[tokio::test]
async fn every_wrong_field_is_named_as_in_the_json() {
    let data = json!({"billTo": "", "items": [{"name": "tea", "count": 1}, {"name": "x".repeat(41), "count": 0}]});
    let answer = Call::with(&data).to(Callable::new(create_invoice)).await;
    let expected = [
        "data.billTo: length is lower than 1",
        "data.items[1].count: lower than 1",
        "data.items[1].name: length is greater than 40",
    ];
    let mut fields = answer.invalid_fields(&data);
    fields.sort();
    assert_eq!(fields, expected);
}

// The rules above are what docs/handlers.md shows. The rest tests what it says about them.

async fn answer(data: &Value) -> Value {
    Call::with(data).to(Callable::new(create_invoice)).await.error()
}

#[tokio::test]
async fn one_field_that_the_rules_refuse_looks_like_one_that_cannot_be_decoded() {
    let refused = answer(&json!({"billTo": "", "items": [{"name": "tea", "count": 1}]})).await;
    let undecoded = answer(&json!({"billTo": 1, "items": [{"name": "tea", "count": 1}]})).await;
    let expect = |problem: &str| {
        json!({
            "details": {"field": "data.billTo", "problem": problem},
            "message": format!("data.billTo: {problem}"),
            "status": "INVALID_ARGUMENT",
        })
    };
    assert_eq!(refused, expect("length is lower than 1"));
    assert_eq!(undecoded, expect("expected a string, found a whole number"));
}

#[tokio::test]
async fn a_list_of_ten_thousand_wrong_items_is_answered_with_a_hundred() {
    let items = vec![json!({"name": "tea", "count": 0}); 10_000];
    let error = answer(&json!({"billTo": "Ada", "items": items})).await;
    assert_eq!(error["details"]["fields"].as_array().map(Vec::len), Some(100));
    assert_eq!(error["message"], "data.items[0].count: lower than 1 (and 9999 more)");
}

#[tokio::test]
async fn a_list_as_the_data_is_named_by_index() {
    #[derive(Deserialize, Validate)]
    #[garde(transparent)]
    struct Items(#[garde(dive)] Vec<Item>);

    async fn count(request: CallableRequest<Items>) -> Result<usize, HttpsError> {
        Ok(valid(request.data)?.0.len())
    }

    let data = json!([{"name": "tea", "count": 1}, {"name": "tea", "count": 0}]);
    let answer = Call::with(&data).to(Callable::new(count)).await;
    assert_eq!(answer.invalid_fields(&data), ["data[1].count: lower than 1"]);
}

#[tokio::test]
#[should_panic(expected = "data.payer is not a member of the data that was sent")]
async fn a_test_fails_where_a_rule_does_not_know_the_name_in_the_json() {
    #[derive(Deserialize, Validate)]
    struct Renamed {
        #[garde(length(min = 1))]
        #[serde(rename = "billTo")]
        payer: String,
    }

    async fn refuse(request: CallableRequest<Renamed>) -> Result<String, HttpsError> {
        Ok(valid(request.data)?.payer)
    }

    let data = json!({"billTo": ""});
    let _ = Call::with(&data).to(Callable::new(refuse)).await.invalid_fields(&data);
}
