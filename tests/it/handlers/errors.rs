//! Errors of other types, and missing values, where they occur.

use std::collections::HashMap;

use anyhow::Context;
use serde_json::json;
use shared::{Callable, CallableRequest, ErrorCode, HttpsError, OrError, testing::Call};

async fn price(request: CallableRequest<String>) -> Result<u32, HttpsError> {
    let prices = HashMap::from([("tea", "3"), ("gold", "much")]);
    let price = prices.get(&*request.data);
    let price = price.or_error(ErrorCode::NotFound, "no such article")?;
    if request.data == "gold" {
        return parsed(price).or_internal(); // anyhow, boxed errors, texts
    }
    Ok(price.parse()?) // a type that implements std::error::Error
}

fn parsed(price: &str) -> anyhow::Result<u32> {
    price.parse().context("a price in the list is wrong")
}

#[tokio::test]
async fn the_client_gets_a_code_and_never_the_cause() {
    let call = async |name: &str| Call::with(name).to(Callable::new(price)).await;
    assert_eq!(call("tea").await.result(), 3);
    let missing = json!({"message": "no such article", "status": "NOT_FOUND"});
    assert_eq!(call("air").await.error(), missing);
    assert_eq!(call("gold").await.error(), json!({"message": "INTERNAL", "status": "INTERNAL"}));
}
