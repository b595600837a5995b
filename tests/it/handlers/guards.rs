//! Guards: a call that must run once, and a limit per user.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
use serde::Deserialize;
use serde_json::json;
use shared::{
    Callable, CallableRequest, HttpsError,
    testing::{Call, FixedClock, NOW, authenticator},
};

#[derive(Deserialize)]
struct Order {
    id: String,
}

async fn pay(paid: Arc<AtomicU32>, _: CallableRequest<Order>) -> Result<u32, HttpsError> {
    Ok(paid.fetch_add(1, Ordering::Relaxed) + 1)
}

fn guarded(pay: Callable, guards: &Guards) -> Callable {
    pay.guard(guards.once(|order: &Order| Some(order.id.clone()), IfUnreachable::Refuse))
        .guard(guards.limit(per_user(60, MINUTE), IfUnreachable::Allow))
}

#[tokio::test]
async fn a_repeated_call_gets_the_first_answer_and_the_sixty_first_call_of_a_minute_is_refused() {
    let paid = Arc::new(AtomicU32::new(0));
    let guards = Guards::in_memory(Arc::new(FixedClock::at(NOW.unsigned_abs())));
    let callable = guarded(Callable::with(paid.clone(), pay), &guards);
    let service = callable.into_service(authenticator());
    let call = async |id: u32| {
        let data = json!({ "id": id.to_string() });
        Call::with(data).signed_in("ada").to_service(&service).await
    };
    assert_eq!(call(1).await.result(), 1);
    assert_eq!(call(1).await.result(), 1, "a duplicate");
    for id in 2..=60 {
        assert_eq!(call(id).await.result(), id);
    }
    assert_eq!(call(61).await.error()["status"], "RESOURCE_EXHAUSTED");
    assert_eq!(paid.load(Ordering::Relaxed), 60);
}
