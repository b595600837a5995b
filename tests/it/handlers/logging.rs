//! Log lines of a handler, and of the tasks that it spawns.

use serde_json::json;
use shared::{Callable, CallableRequest, HttpsError, testing::Call};
use tracing::{Instrument, info, warn};

async fn remind(request: CallableRequest<Vec<String>>) -> Result<usize, HttpsError> {
    info!(count = request.data.len(), "reminding"); // the number, never the data
    let tasks = request.data.into_iter().map(|name| {
        tokio::spawn(send(name).in_current_span()) // else the lines of the task have no call
    });
    let mut sent = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await? {
            Ok(()) => sent += 1,
            Err(error) => warn!(%error, "a reminder was not sent"),
        }
    }
    Ok(sent)
}

async fn send(name: String) -> Result<(), std::io::Error> {
    log::info!("sending"); // the crate log: printed alike
    if name.is_empty() { Err(std::io::ErrorKind::InvalidInput.into()) } else { Ok(()) }
}

#[tokio::test]
async fn a_task_that_fails_does_not_end_the_call() {
    let answer = Call::with(json!(["ada", "", "bob"])).to(Callable::new(remind)).await;
    assert_eq!(answer.result(), 2);
}
