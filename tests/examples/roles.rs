//! Two callables in one program, for tests with the Auth emulator: with the variable `FOR_EDITORS`, one that admits
//! editors only; without it, one that gives a user a role.
#![allow(missing_docs, reason = "a program for tests")]

use std::process::ExitCode;

use firebase_callable_google::{AccountChange, Accounts, Google};
use serde::Deserialize;
use shared::{Callable, CallableRequest, EmulatorProjects, HttpsError, has_claim_value};

#[derive(Deserialize)]
struct NewRole {
    user: String,
    role: String,
}

async fn set_role(accounts: Accounts, request: CallableRequest<NewRole>) -> Result<(), HttpsError> {
    let NewRole { user, role } = request.data;
    let change = accounts.change_custom_claims(&user, |claims| {
        claims.insert("role".to_owned(), role.into());
    });
    match change.await? {
        AccountChange::NoSuchUser => Err(HttpsError::not_found("no such user")),
        _ => Ok(()),
    }
}

async fn publish(request: CallableRequest<()>) -> Result<String, HttpsError> {
    Ok(request.require_auth()?.uid().to_owned())
}

fn main() -> ExitCode {
    shared::run_with(async |setup| {
        setup.accept_auth_emulator(EmulatorProjects::DemoOnly)?;
        if std::env::var_os("FOR_EDITORS").is_some() {
            return Ok(Callable::new(publish).auth_policy(has_claim_value("role", "editor")));
        }
        let accounts = Google::from_setup(setup)?.accounts();
        Ok(Callable::new(move |request| set_role(accounts.clone(), request)))
    })
}
