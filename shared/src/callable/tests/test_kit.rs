//! The test kit: signed-in callers, apps and streams. Claims and tenants are tested in `policy.rs`.

use serde_json::json;

use crate::{Callable, CallableRequest, ChunkSender, HttpsError, testing::Call};

fn who() -> Callable {
    Callable::new(async |request: CallableRequest<serde_json::Value>| {
        let app = request.app.as_ref().map(|app| app.app_id().to_owned());
        let uid = request.auth.as_ref().map(|user| user.uid().to_owned());
        Ok::<_, HttpsError>(json!({ "uid": uid, "app": app }))
    })
}

#[tokio::test]
async fn a_call_has_the_user_and_the_app_that_the_test_sets() {
    let nobody = Call::with(json!({}));
    assert_eq!(nobody.to(who()).await.result(), json!({"uid": null, "app": null}));
    let someone = Call::with(json!({})).signed_in("ada").from_app("1:1:web:1");
    assert_eq!(someone.to(who()).await.result(), json!({"uid": "ada", "app": "1:1:web:1"}));
}

#[tokio::test]
async fn the_chunks_and_the_result_of_a_stream_are_parsed() {
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
