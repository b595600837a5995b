//! The same callable, which runs once per key and at most so often.

use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Output {
    message: String,
}

async fn answer(request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    Ok(Output { message: format!("{}, {}", request.data.text, caller.uid()) })
}

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let guards = Guards::from_setup(setup).await?;
        Ok(Callable::new(answer)
            .guard(guards.once(|data: &Input| Some(data.text.clone()), IfUnreachable::Refuse))
            .guard(guards.limit(per_user(60, MINUTE), IfUnreachable::Refuse)))
    })
}
