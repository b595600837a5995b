//! Looking up accounts at Identity Toolkit.

use super::*;

fn accounts(google: &MockServer) -> Accounts {
    Accounts::at(google.url.clone(), PROJECT, token())
}

#[tokio::test]
async fn looks_a_user_up_as_the_admin_sdks_do() {
    let google = MockServer::start(|_| (200, json!({"users": [{"localId": "ada"}]}))).await;
    let expected = Some(Account { disabled: false, valid_since: 0 });
    assert_eq!(accounts(&google).lookup(None, "ada").await, Ok(expected));
    assert_eq!(accounts(&google).lookup(Some("tenant-1"), "ada").await, Ok(expected));
    let [plain, tenant] = google.requests().try_into().unwrap();
    assert_eq!(plain.uri(), "/v1/projects/test-project/accounts:lookup");
    assert_eq!(tenant.uri(), "/v1/projects/test-project/tenants/tenant-1/accounts:lookup");
    assert_eq!(header(&plain, "authorization"), "Bearer ya29.access");
    assert_eq!(body(&plain), json!({"localId": ["ada"]}));
    for tenant in ["", "a/b", "..", "a?b", "a%2Fb", "ä", &"a".repeat(65)] {
        let outcome = accounts(&google).lookup(Some(tenant), "ada").await;
        assert_eq!(outcome, Err(GoogleError::Answer), "{tenant}");
    }
    assert_eq!(google.requests().len(), 2, "an invalid tenant does not become part of a path");
}

#[tokio::test]
async fn reads_the_documented_account_and_refuses_any_other() {
    let user = |members: serde_json::Value| {
        let mut user = json!({"localId": "ada"});
        user.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "users": [user] })
    };
    let account = |disabled, valid_since| Ok(Some(Account { disabled, valid_since }));
    let cases = [
        (json!({}), Ok(None)),
        (json!({"users": []}), Ok(None)),
        (user(json!({"disabled": true})), account(true, 0)),
        (
            user(json!({"disabled": false, "validSince": "1700000000"})),
            account(false, 1_700_000_000),
        ),
        (user(json!({"validSince": 1_700_000_000})), account(false, 1_700_000_000)),
        (user(json!({"validSince": "soon"})), Err(GoogleError::Answer)),
        (user(json!({"disabled": "false"})), Err(GoogleError::Answer)),
        (json!({"users": [{"localId": "eve"}]}), Err(GoogleError::Answer)),
        (json!({"users": [{}]}), Err(GoogleError::Answer)),
        (json!({"users": "ada"}), Err(GoogleError::Answer)),
        (json!({"users": [{"localId": "ada"}, {"localId": "ada"}]}), Err(GoogleError::Answer)),
    ];
    for (answer, expected) in cases {
        let name = answer.to_string();
        let google = MockServer::start(move |_| (200, answer.clone())).await;
        assert_eq!(accounts(&google).lookup(None, "ada").await, expected, "{name}");
    }
}

#[tokio::test]
async fn repeats_a_request_once_after_a_passing_error() {
    for (status, attempts) in [(400, 1), (401, 1), (403, 1), (429, 1), (500, 2), (503, 2)] {
        let google = MockServer::start(move |_| (status, json!({}))).await;
        let outcome = accounts(&google).lookup(None, "ada").await;
        assert_eq!(outcome, Err(GoogleError::Status(status)));
        assert_eq!(google.requests().len(), attempts, "{status}");
    }
    let google = MockServer::start(|_| (0, json!({}))).await;
    let service = accounts(&google);
    let outcome = times_out(&google, service.lookup(None, "ada")).await;
    assert_eq!(outcome, Err(SendError::Timeout.into()));
}
