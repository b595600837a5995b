//! Values by key: one fetch per key, a limited number of keys, and pauses that apply to all keys.

use super::*;

struct Users {
    service: Arc<Service>,
    clock: FixedClock,
    values: FetchedValues<String, Number>,
}

fn users(answer: Answer, capacity: usize) -> Users {
    let service = Service::answering(answer);
    let clock = FixedClock::at(1_800_000_000);
    let values = FetchedValues::new(capacity, POLICY, Arc::new(clock.clone()));
    Users { service, clock, values }
}

impl Users {
    fn of(&self, user: &str) -> FetchedValue<Number> {
        self.values.of(user.to_owned(), |_| Number(self.service.clone()))
    }

    async fn get(&self, user: &str) -> Got {
        self.of(user).get().await.map(|cached| *cached.value())
    }
}

#[tokio::test(start_paused = true)]
async fn each_key_has_a_value_of_its_own_and_one_fetch() {
    let users = users(Answer::Value(1), 10);
    users.service.hold();
    let callers = |user| {
        let value = users.of(user);
        (0..20).map(move |_| {
            let value = value.clone();
            tokio::spawn(async move { value.get().await.map(|cached| *cached.value()) })
        })
    };
    let waiting: Vec<_> = callers("ada").chain(callers("bob")).collect();
    settle().await;
    assert_eq!(users.service.fetches(), 2);
    users.service.release();
    assert!(all(waiting).await.iter().all(|got| *got == Ok(1)));
    users.service.now_answers(Answer::Value(2));
    assert_eq!((users.get("ada").await, users.get("eve").await), (Ok(1), Ok(2)));
    assert_eq!(users.service.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn at_capacity_the_oldest_value_is_dropped_first() {
    let users = users(Answer::Value(1), 3);
    for user in ["a", "b", "c", "d"] {
        users.get(user).await.unwrap();
    }
    for index in 0..10_000 {
        let _ = users.of(&index.to_string());
        assert!(users.values.len() <= 3);
    }
    for user in ["b", "c", "d", "b", "c", "d"] {
        users.get(user).await.unwrap();
    }
    assert_eq!((users.service.fetches(), users.values.len()), (7, 3));
}

#[tokio::test(start_paused = true)]
async fn callers_that_wait_for_a_dropped_value_still_get_it() {
    let users = users(Answer::Value(1), 1);
    users.service.hold();
    let value = users.of("ada");
    let ada = tokio::spawn(async move { value.get().await.map(|cached| *cached.value()) });
    settle().await;
    let _ = users.of("bob");
    users.service.release();
    assert_eq!(ada.await.unwrap(), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn an_outage_found_for_one_key_causes_a_pause_for_all_keys() {
    let users = users(Answer::Fails, 10);
    assert_eq!(users.get("ada").await, Err(FetchFailure::Failed("down")));
    assert_eq!(users.get("bob").await, Err(FetchFailure::Failed("down")));
    assert_eq!(users.service.fetches(), 1);
    users.service.now_answers(Answer::Value(1));
    users.clock.advance(seconds(1));
    assert_eq!(users.get("bob").await, Ok(1));
    assert_eq!(users.get("ada").await, Ok(1), "a success ends the pause for all");
}

#[tokio::test(start_paused = true)]
async fn a_request_refused_for_one_key_is_not_an_outage() {
    let users = users(Answer::Refuses, 10);
    assert_eq!(users.get("ada").await, Err(FetchFailure::Failed("refused")));
    users.service.now_answers(Answer::Value(1));
    assert_eq!(users.get("bob").await, Ok(1));
    assert_eq!(users.get("ada").await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn concurrent_failures_count_as_one_outage() {
    let users = users(Answer::Fails, 30);
    users.service.hold();
    let waiting: Vec<_> = (0..20)
        .map(|index| {
            let value = users.of(&index.to_string());
            tokio::spawn(async move { value.get().await.map(|cached| *cached.value()) })
        })
        .collect();
    settle().await;
    users.service.release();
    assert!(all(waiting).await.iter().all(Result::is_err));
    users.service.now_answers(Answer::Value(1));
    users.clock.advance(seconds(1));
    assert_eq!(users.get("ada").await, Ok(1), "the pause is one second, not a minute");
}
