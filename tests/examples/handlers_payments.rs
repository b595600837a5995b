//! The function of docs/handlers.md that calls a payment service: configuration, a secret, an outgoing call that ends
//! before the call's deadline.
#![allow(missing_docs, reason = "an example")]

use std::{
    process::ExitCode,
    time::{Duration, SystemTime},
};

use firebase_callable_aws::{AwsSetup, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, ErrorCode, HttpsError, Invocation, OrError,
    host::{Setup, StartError},
};

#[derive(Clone)]
struct Payments {
    http: reqwest::Client,
    url: reqwest::Url,
    limit: u32,
    key: Secret,
}

impl Payments {
    fn open(setup: &Setup) -> anyhow::Result<Self> {
        let (url, limit, key) = StartError::all((
            setup.variable("PAYMENT_URL").required("the address of the payment service"),
            setup.variable("PAYMENT_LIMIT").or(1000),
            setup.secret("PAYMENT_KEY_SECRET"),
        ))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(shared::net::tls_config())
            .connect_timeout(Duration::from_secs(1))
            .build()?;
        Ok(Self { http, url, limit, key })
    }
}

#[derive(Deserialize)]
struct Order {
    euros: u32,
}

#[derive(Serialize)]
struct Receipt {
    number: String,
}

async fn pay(payments: Payments, request: CallableRequest<Order>) -> Result<Receipt, HttpsError> {
    let payer = request.require_auth()?.uid();
    let euros = request.data.euros;
    if euros > payments.limit {
        return Err(HttpsError::out_of_range("too much for one payment"));
    }
    let key = payments.key.get().await.or_error(ErrorCode::Unavailable, "try again")?;
    let order = json!({ "payer": payer, "euros": euros });
    let sending = payments.http.post(payments.url).bearer_auth(key.expose()).json(&order);
    let answer = sending.timeout(time_left(&request.invocation)).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let answer = answer.or_error(ErrorCode::Unavailable, "payments are not possible now")?;
    let receipt: Value = answer.json().await.or_internal()?;
    let number = receipt.get("number").and_then(Value::as_str).or_internal()?;
    Ok(Receipt { number: number.to_owned() })
}

/// Five seconds, or what the call has left, less the second that its answer and the log may need.
fn time_left(invocation: &Invocation) -> Duration {
    let most = Duration::from_secs(5);
    let left = invocation.remaining(SystemTime::now()).unwrap_or(most);
    left.saturating_sub(Duration::from_secs(1)).min(most)
}

fn main() -> ExitCode {
    shared::run_with(async |setup| Ok(Callable::with(Payments::open(setup)?, pay)))
}
