//! Who may call: the author's policy, and tenants.

use super::*;
use crate::{TenantPolicy, has_claim, has_claim_value, signed_in};

#[tokio::test]
async fn a_policy_decides_from_caller_and_data_before_the_handler_runs() {
    let never = || Callable::new(|_: CallableRequest<u8>| async { Ok(1) });
    let denied = r#"{"error":{"message":"Permission Denied","status":"PERMISSION_DENIED"}}"#;
    let cases: Vec<(Callable, Call, bool)> = vec![
        (never().auth_policy(signed_in()), Call::with(1), false),
        (never().auth_policy(signed_in()), Call::with(1).signed_in("ada"), true),
        (never().auth_policy(has_claim("admin")), Call::with(1).signed_in("ada"), false),
        (
            never().auth_policy(has_claim("admin")),
            Call::with(1).signed_in("ada").claim("admin", false),
            true,
        ),
        (never().auth_policy(has_claim("admin")), Call::with(1), false),
        (
            never().auth_policy(has_claim_value("role", "x")),
            Call::with(1).signed_in("ada").claim("role", "x"),
            true,
        ),
        (
            never().auth_policy(has_claim_value("role", "x")),
            Call::with(1).signed_in("ada").claim("role", "y"),
            false,
        ),
        (never().auth_policy(|_, data| data == 1), Call::with(1), true),
        (never().auth_policy(|_, data| data == 1), Call::with(2), false),
        // A refused caller does not learn which shape of data the handler expects.
        (never().auth_policy(|_, _| false), Call::with("not a number"), false),
    ];
    for (index, (callable, call, admitted)) in cases.into_iter().enumerate() {
        let answer = call.to(callable).await;
        assert_eq!(answer.text(), if admitted { r#"{"result":1}"# } else { denied }, "{index}");
        assert_eq!(answer.status, if admitted { 200 } else { 403 }, "{index}");
    }
    let panics = never().auth_policy(|_, _| panic!("the author's policy"));
    assert_eq!(Call::with(1).to(panics).await.text(), INTERNAL);
    let undecodable = never().auth_policy(|_, _| false);
    let wrapper = json!({"@type": "x"});
    assert_eq!(
        Call::with(wrapper).to(undecodable).await.status,
        400,
        "bad data is reported before the policy's refusal"
    );
    let refused = Call::with(1).streaming().to(never().auth_policy(signed_in())).await;
    assert_eq!(
        (refused.status.as_u16(), refused.text()),
        (200, format!("data: {denied}\n\n").as_str())
    );
}

#[tokio::test]
async fn only_users_of_the_listed_tenants_may_call() {
    let of = |tenant: &str| Call::with(1).signed_in("ada").of_tenant(tenant);
    let only = || echo().tenants(TenantPolicy::one_of(["t1"]));
    assert_eq!(of("t1").to(only()).await.status, 200);
    assert_eq!(of("t2").to(only()).await.text(), UNAUTH);
    assert_eq!(Call::with(1).signed_in("ada").to(only()).await.text(), UNAUTH);
    assert_eq!(
        Call::with(1).to(only()).await.status,
        200,
        "tenants do not matter to a signed-out caller"
    );
}

#[tokio::test]
async fn a_caller_is_refused_before_data_is_decoded_if_the_policy_does_not_look_at_it() {
    let denied = r#"{"error":{"message":"Permission Denied","status":"PERMISSION_DENIED"}}"#;
    let too_much = r#"{"error":{"details":{"field":"data","problem":"would take more memory than a call may use"},"message":"data: would take more memory than a call may use","status":"INVALID_ARGUMENT"}}"#;
    // A budget that is too small for the data: decoding it is an error.
    let tight = || echo().data_budget(100);
    let long = || Call::with(vec![json!({"a": 1}); 20]);
    let ada = || long().signed_in("ada");
    let cases = [
        (tight().auth_policy(signed_in()), long(), denied),
        (tight().auth_policy(has_claim("admin")), ada(), denied),
        (tight().auth_policy(has_claim_value("role", "x")), ada().claim("role", "y"), denied),
        (tight().caller_policy(|auth| auth.is_some()), long(), denied),
        (tight().caller_policy(|auth| auth.is_some_and(|auth| auth.uid() == "bob")), ada(), denied),
        (tight().caller_policy(|auth| auth.is_some()), ada(), too_much),
        (tight().auth_policy(signed_in()), ada(), too_much),
        (tight().auth_policy(has_claim("admin")), ada().claim("admin", true), too_much),
        // For a policy that may look at the data, the data is decoded.
        (tight().auth_policy(|_, _| false), long(), too_much),
    ];
    for (index, (callable, call, expected)) in cases.into_iter().enumerate() {
        assert_eq!(call.to(callable).await.text(), expected, "{index}");
    }
    for bad in [json!({"@type": "x"}), json!([{"$serde_json::private::RawValue": "1"}])] {
        let refused = Call::with(bad).to(tight().auth_policy(signed_in())).await;
        assert_eq!(refused.status, 400, "bad data is reported before the policy's refusal");
    }
}

#[tokio::test]
async fn policy_and_handler_see_the_same_data() {
    #[derive(serde::Deserialize)]
    struct Room {
        room: String,
    }

    let not_admin = |_: Option<&crate::AuthData>, data: &Value| data["room"] != "admin";
    let typed = || {
        Callable::new(|request: CallableRequest<Room>| async move { Ok(request.data.room) })
            .auth_policy(not_admin)
    };
    // The status of the call with a typed handler, and with a handler that takes any `Value`.
    for (body, with_type, with_any) in [
        (r#"{"data":{"room":"a"}}"#, 200, 200),
        (r#"{"data":{"room":"admin"}}"#, 403, 403),
        (r#"{"data":{"room":"a","room":"admin"}}"#, 403, 403),
        (r#"{"data":{"room":"a","r\u006fom":"admin"}}"#, 403, 403),
        (r#"{"data":{"room":"admin","room":"a"}}"#, 200, 200),
        (r#"{"data":{"room":"a","__proto__":{"room":"admin"}}}"#, 200, 200),
        (r#"{"data":["admin"]}"#, 400, 200),
        (r#"{"data":{"$serde_json::private::RawValue":"{\"room\":\"admin\"}"}}"#, 400, 400),
    ] {
        let any = echo().auth_policy(not_admin);
        for (callable, status) in [(typed(), with_type), (any, with_any)] {
            let call = Call::raw(body).header("content-type", "application/json");
            let answer = call.to(callable).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
        }
    }
}
