//! Whether an answer has the form that the Firebase SDKs read.

use serde_json::Value;

use super::client::Answer;

/// Why an answer is wrong, and what to change in front of the function or in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) found: String,
    pub(super) mend: &'static str,
}

pub(super) fn wrong(found: impl Into<String>, mend: &'static str) -> Wrong {
    Wrong { found: found.into(), mend }
}

const NO_CORS: &str = "let the function's own CORS headers through, and give the front's own answers Access-Control-Allow-Origin: *";
const TWICE: &str = "switch CORS off in the front: the function adds these headers itself, and a browser refuses two";
const AUTHORIZER: &str = "remove the authorizer, API key or IAM check from the front: callables are public, and verify tokens themselves";
const PAGE: &str = "give the front's own failures a callable error as JSON, as the REST API of cargo callable template does";

/// The answer can be read by a page on another origin: exactly one `Access-Control-Allow-Origin` that admits it.
pub(super) fn cors(answer: &Answer, origin: &str) -> Result<(), Wrong> {
    let values: Vec<_> = answer.headers.get_all("access-control-allow-origin").iter().collect();
    match values.as_slice() {
        [] => Err(wrong(format!("{} without Access-Control-Allow-Origin", answer.status), NO_CORS)),
        [one] if *one == "*" || *one == origin => Ok(()),
        [one] if one.as_bytes().contains(&b',') => {
            Err(wrong(format!("Access-Control-Allow-Origin: {}", text(one.as_bytes())), TWICE))
        }
        [one] => Err(wrong(
            format!("Access-Control-Allow-Origin: {}, and not {origin}", text(one.as_bytes())),
            "add the page's origin to ALLOWED_ORIGINS, or name an admitted one with --origin",
        )),
        more => Err(wrong(format!("{} headers Access-Control-Allow-Origin", more.len()), TWICE)),
    }
}

/// A preflight that lets a browser send the call.
pub(super) fn preflight(answer: &Answer, origin: &str, asked: &str) -> Result<String, Wrong> {
    if matches!(answer.status, 401 | 403) {
        return Err(wrong(format!("the preflight is answered {}", answer.status), AUTHORIZER));
    }
    if !(200..300).contains(&answer.status) {
        return Err(wrong(
            format!("the preflight is answered {}", answer.status),
            "route OPTIONS to the function as well",
        ));
    }
    cors(answer, origin)?;
    let listed = |name: &str| {
        let all: Vec<_> = answer
            .headers
            .get_all(name)
            .iter()
            .map(|value| text(value.as_bytes()).to_lowercase())
            .collect();
        all.join(",")
    };
    let headers = listed("access-control-allow-headers");
    let names: Vec<_> = headers.split(',').map(str::trim).collect();
    if let Some(missing) =
        asked.split(',').map(str::trim).find(|name| !names.contains(name) && !names.contains(&"*"))
    {
        return Err(wrong(
            format!("the preflight does not allow the header {missing}"),
            "let the function answer preflights, or allow the headers that they ask for",
        ));
    }
    // A page may not send Authorization under a `*`.
    if asked.contains("authorization") && !names.contains(&"authorization") {
        return Err(wrong(
            "the preflight allows every header by *, which excludes Authorization",
            "name authorization in Access-Control-Allow-Headers",
        ));
    }
    let methods = listed("access-control-allow-methods");
    if !methods.split(',').any(|method| matches!(method.trim(), "post" | "*")) {
        return Err(wrong(
            "the preflight does not allow POST",
            "let the function answer preflights",
        ));
    }
    Ok(format!("{}, admits the headers of a call", answer.status))
}

/// A callable's answer as JSON: `(code, message)` of an error, or nothing for a result.
pub(super) fn envelope(answer: &Answer, origin: &str) -> Result<Option<(String, String)>, Wrong> {
    cors_or_page(answer, origin)?;
    let body: Value = serde_json::from_str(&answer.body).map_err(|_| page(answer))?;
    read(&body).ok_or_else(|| page(answer))
}

/// The missing header is the lesser problem if the answer is not the function's at all.
fn cors_or_page(answer: &Answer, origin: &str) -> Result<(), Wrong> {
    let callable =
        serde_json::from_str::<Value>(&answer.body).ok().and_then(|body| read(&body)).is_some();
    if !callable && !answer.body.starts_with("data: ") {
        return Err(page(answer));
    }
    cors(answer, origin)
}

/// An answer that no SDK can read. A short piece of it helps to find who sent it.
fn page(answer: &Answer) -> Wrong {
    let start: String = answer.body.trim_start().chars().take(60).collect();
    let start = start.replace(['\n', '\r'], " ");
    let kind = answer
        .headers
        .get("content-type")
        .map_or_else(|| "no content type".to_owned(), |value| text(value.as_bytes()));
    let mend = if matches!(answer.status, 401 | 403) { AUTHORIZER } else { PAGE };
    wrong(
        format!(
            "{} with {kind}, which is not an answer of a callable function: {start}",
            answer.status
        ),
        mend,
    )
}

/// The error, or nothing for a result, if the body is a callable answer.
pub(super) fn read(body: &Value) -> Option<Option<(String, String)>> {
    if let Some(error) = body.get("error") {
        let part = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        return Some(Some((part("status")?, part("message").unwrap_or_default())));
    }
    (body.get("result").is_some() || body.get("data").is_some()).then_some(None)
}

/// The answer is this error, with its HTTP status.
pub(super) fn error(
    answer: &Answer,
    origin: &str,
    status: u16,
    code: &str,
    mend: &'static str,
) -> Result<String, Wrong> {
    let found = envelope(answer, origin)?;
    match found {
        Some((found, _)) if found == code && answer.status == status => {
            Ok(format!("{status} {code}"))
        }
        Some((found, _)) => {
            Err(wrong(format!("{} {found} in place of {status} {code}", answer.status), mend))
        }
        None => Err(wrong(format!("a result in place of {status} {code}"), mend)),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
