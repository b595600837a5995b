// The contents of a new function: the files of its folder, and its row in the README.

import { KINDS_OF_STATE, stateNamesOf, stateOf } from './state.mjs';

// Names of cargo's own folders below target/, and of crates that a package of that name would shadow.
const TAKEN = ['build', 'deps', 'examples', 'incremental', 'shared', 'test', 'tests', 'core', 'std', 'alloc', 'proc-macro'];
const KEYWORDS = ['as', 'async', 'await', 'box', 'break', 'const', 'continue', 'crate', 'dyn', 'else', 'enum', 'extern', 'false', 'fn', 'for', 'gen', 'if', 'impl', 'in', 'let', 'loop', 'macro', 'match', 'mod', 'move', 'mut', 'pub', 'ref', 'return', 'self', 'static', 'struct', 'super', 'trait', 'true', 'try', 'type', 'unsafe', 'use', 'where', 'while', 'yield'];

/** Why `folder` cannot be the name of a function; undefined if it can. */
export function whyNot(folder) {
  const example = 'write it in lower case with hyphens, as in: make new NAME=send-invoice';
  if (!folder) return `NAME is not set: ${example}`;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(folder)) return `${JSON.stringify(folder)} is not a name for a function: ${example}`;
  if (folder.length > 40) return `${folder} is too long: 40 characters are enough`;
  if (TAKEN.includes(folder) || KEYWORDS.includes(folder)) return `${folder} is a reserved name in Rust, cargo or this workspace: choose another name`;
  return undefined;
}

/** Why `kind` cannot be what a new function uses; undefined if it can. */
export function whyNotWith(kind, stream) {
  if (!KINDS_OF_STATE.includes(kind)) return `WITH=${kind} is not known: write one of ${KINDS_OF_STATE.join(', ')}`;
  if (stream && kind !== 'nothing') return `WITH=${kind} makes a callable that does not stream: leave out STREAM=1, or WITH`;
  return undefined;
}

/** The files of the folder: of a function that streams, or that uses something. */
export function filesOf(names, stream, kind = 'nothing') {
  const { folder, name, handler } = names;
  const state = stateOf(kind);
  const { dependencies = ['serde', 'shared'], features = ['shared/emulator'] } = state ?? {};
  const own = dependencies.includes('serde_json') ? '' : 'serde_json.workspace = true\n';
  const sources = state?.sources(names, stateNamesOf(names)) ?? {
    'src/main.rs': `//! \`${name}\`: one callable, one binary.

mod handler;

fn main() -> std::process::ExitCode {
    let callable = handler::callable();
    #[cfg(feature = "emulator")]
    let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);
    shared::run(callable)
}
`,
    'src/handler.rs': stream ? streamingHandler(handler) : unaryHandler(handler),
  };
  return {
    'Cargo.toml': `[package]
name = "${folder}"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[features]
# Lets a local run accept Auth-emulator tokens. Never in a release.
emulator = [${features.map((feature) => `"${feature}"`).join(', ')}]

[dependencies]
${dependencies.map((crate) => `${crate}.workspace = true\n`).join('')}
[dev-dependencies]
${own}shared = { workspace = true, features = ["testing"] }
tokio = { workspace = true, features = ["macros"] }

[lints]
workspace = true

# The source of routes, for \`make run\` and the tests: kind "callable", or "http" for another function such as a webhook;
# a public name other than the folder's in camel case is declared here as name = "…".
[package.metadata.function]
kind = "callable"

# For \`cargo lambda deploy\`; \`make deploy\` takes these from template.yaml.
[package.metadata.lambda.deploy]
memory = 256
timeout = 28
`,
    ...sources,
  };
}

const unaryHandler = (handler) => `//! Greets a signed-in caller by name: put what your callable does here.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, HttpsError};

#[derive(Deserialize)]
struct Input {
    name: String,
}

#[derive(Debug, Serialize)]
struct Output {
    greeting: String,
}

async fn ${handler}(request: CallableRequest<Input>) -> Result<Output, HttpsError> {
    let caller = request.require_auth()?;
    let name = &request.data.name;
    if name.is_empty() {
        return Err(HttpsError::invalid_argument("name is empty"));
    }
    Ok(Output { greeting: format!("Hello {name}, you are user {}.", caller.uid()) })
}

pub(crate) fn callable() -> Callable {
    Callable::new(${handler})
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn greets_a_signed_in_caller() {
        let answer = Call::with(json!({"name": "Ada"})).signed_in("ada").to(callable()).await;
        assert_eq!(answer.result(), json!({"greeting": "Hello Ada, you are user ada."}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"name": "Ada"})).to(callable()).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
`;

const streamingHandler = (handler) => `//! Greets a signed-in caller letter by letter: put what your callable does here.

use serde::{Deserialize, Serialize};
use shared::{Callable, CallableRequest, ChunkSender, HttpsError};

#[derive(Deserialize)]
struct Input {
    name: String,
}

#[derive(Serialize)]
struct Letter {
    letter: char,
}

#[derive(Debug, Serialize)]
struct Output {
    greeting: String,
}

async fn ${handler}(
    request: CallableRequest<Input>,
    letters: ChunkSender<Letter>,
) -> Result<Output, HttpsError> {
    request.require_auth()?;
    for letter in request.data.name.chars() {
        letters.send(&Letter { letter }).await?;
    }
    Ok(Output { greeting: format!("Hello {}.", request.data.name) })
}

pub(crate) fn callable() -> Callable {
    Callable::streaming(${handler})
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::testing::Call;

    use super::callable;

    #[tokio::test]
    async fn streams_the_letters_and_ends_with_the_greeting() {
        let call = Call::with(json!({"name": "Al"})).signed_in("ada").streaming();
        let answer = call.to(callable()).await;
        assert_eq!(answer.chunks(), [json!({"letter": "A"}), json!({"letter": "l"})]);
        assert_eq!(answer.result(), json!({"greeting": "Hello Al."}));
    }

    #[tokio::test]
    async fn refuses_callers_who_are_signed_out() {
        let answer = Call::with(json!({"name": "Al"})).to(callable()).await;
        assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    }
}
`;

/** Its row in the README. */
export const rowOf = ({ folder, name }) => `| [\`${name}\`](functions/${folder}/src/handler.rs) | greets a signed-in caller |\n`;

/** Whether a line of the README is its row, also with another description. */
export const isRowOf = ({ name }) => (line) => line.startsWith(`| [\`${name}\`](`);

/** The last row of the README's table: a new one goes below it. */
export const LAST_ROW = /(\| \[`[^\n]+\n)(?!\| \[`)/;
