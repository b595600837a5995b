//! The test kit says what is true of the caller, in unary calls and in streams.

use serde_json::json;

use crate::{
    Callable, CallableRequest, ChunkSender, HttpsError, TenantPolicy, has_claim_value,
    testing::Call,
};

fn who() -> Callable {
    Callable::new(async |request: CallableRequest<serde_json::Value>| {
        let app = request.app.as_ref().map(|app| app.app_id().to_owned());
        let uid = request.auth.as_ref().map(|user| user.uid().to_owned());
        Ok::<_, HttpsError>(json!({ "uid": uid, "app": app }))
    })
}

#[tokio::test]
async fn a_caller_is_who_the_test_says() {
    let nobody = Call::with(json!({}));
    assert_eq!(nobody.to(who()).await.result(), json!({"uid": null, "app": null}));
    let someone = Call::with(json!({})).signed_in("ada").from_app("1:1:web:1");
    assert_eq!(someone.to(who()).await.result(), json!({"uid": "ada", "app": "1:1:web:1"}));
}

#[tokio::test]
async fn a_claim_and_a_tenant_are_seen_by_policies() {
    let editors = || who().auth_policy(has_claim_value("role", "editor"));
    let call = || Call::with(json!({})).signed_in("ada");
    assert_eq!(call().to(editors()).await.error()["status"], "PERMISSION_DENIED");
    let editor = call().claim("role", "editor").to(editors()).await;
    assert_eq!(editor.result()["uid"], "ada");

    let members = || who().tenants(TenantPolicy::OneOf(["acme".to_owned()].into()));
    assert_eq!(call().to(members()).await.error()["status"], "UNAUTHENTICATED");
    assert_eq!(call().of_tenant("acme").to(members()).await.result()["uid"], "ada");
}

#[tokio::test]
async fn a_stream_is_read_as_a_client_reads_it() {
    let count = || {
        Callable::streaming(async |request: CallableRequest<u32>, numbers: ChunkSender<u32>| {
            for number in 1..=request.data {
                numbers.send(&number).await?;
            }
            if request.data == 0 {
                return Err(HttpsError::out_of_range("nothing to count"));
            }
            Ok("done")
        })
    };
    let answer = Call::with(2).streaming().to(count()).await;
    assert_eq!(answer.chunks(), [1, 2]);
    assert_eq!(answer.result(), "done");
    let refused = Call::with(0).streaming().to(count()).await;
    assert_eq!(refused.error()["message"], "nothing to count");
}
