//! `keyMirror`: an HTTP function that a schedule invokes; one binary.

mod handler;

use std::sync::Arc;

use firebase_callable_clerk::ClerkSessions;
use shared::keys::HttpsFetch;

fn main() -> std::process::ExitCode {
    shared::run_with(async |setup| {
        let mut sets = setup.firebase_key_sets().to_vec();
        if setup.variable("CLERK_ISSUER").text().is_some() {
            sets.extend(ClerkSessions::key_set(setup)?);
        }
        let fetch = Arc::new(HttpsFetch::new());
        let mirroring = handler::Mirroring::new(setup.key_mirror()?, fetch, sets, setup.clock());
        let mirroring = Arc::new(mirroring);
        Ok(setup.http(move |_| Arc::clone(&mirroring).round()))
    })
}
