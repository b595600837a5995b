//! The page of a local run, which signs in and calls: three files, served on an origin of their own.

use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;

use super::front::{AnyBody, serve_with};
use super::project::Project;
use crate::failure::Outcome;

const HTML: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The addresses that the page calls.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) functions: String,
    pub(super) auth: Option<String>,
}

/// Serves the page until the program ends.
pub(super) fn serve(
    listener: TcpListener,
    project: Arc<Project>,
    addresses: Addresses,
) -> Outcome<()> {
    serve_with(listener, move |request| {
        let (project, addresses) = (Arc::clone(&project), addresses.clone());
        async move {
            match request.uri().path() {
                "/" => answer("text/html", HTML),
                "/style.css" => answer("text/css", STYLE),
                "/page.js" => answer("text/javascript", SCRIPT),
                "/config.json" => {
                    project.look().await;
                    let config = json!({
                        "project": project.settings.project,
                        "functions": addresses.functions,
                        "auth": addresses.auth,
                        "callables": project.list(),
                    });
                    answer("application/json", config.to_string())
                }
                _ => {
                    let mut absent = answer("text/plain", "Not Found");
                    *absent.status_mut() = StatusCode::NOT_FOUND;
                    absent
                }
            }
        }
    })
}

fn answer(kind: &str, body: impl Into<Bytes>) -> Response<AnyBody> {
    let mut answer =
        Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
    if let Ok(kind) = HeaderValue::from_str(&format!("{kind}; charset=utf-8")) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
