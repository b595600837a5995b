//! The page of a local run, which signs in and calls: its files, served on an origin of their own, and the library of
//! its forms, which npm installs.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::front::{AnyBody, serve_with};
use super::project::Project;
use crate::failure::Outcome;

/// The files of the page: path, type, text.
const FILES: [(&str, &str, &str); 15] = [
    ("/", "text/html", include_str!("page/index.html")),
    ("/style.css", "text/css", include_str!("page/style.css")),
    ("/form.css", "text/css", include_str!("page/form.css")),
    ("/answer.js", SCRIPT, include_str!("page/answer.js")),
    ("/caller.js", SCRIPT, include_str!("page/caller.js")),
    ("/data.js", SCRIPT, include_str!("page/data.js")),
    ("/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/failures.js", SCRIPT, include_str!("page/failures.js")),
    ("/history.js", SCRIPT, include_str!("page/history.js")),
    ("/lines.js", SCRIPT, include_str!("page/lines.js")),
    ("/list.js", SCRIPT, include_str!("page/list.js")),
    ("/page.js", SCRIPT, include_str!("page/page.js")),
    ("/request.js", SCRIPT, include_str!("page/request.js")),
    ("/schema.js", SCRIPT, include_str!("page/schema.js")),
    ("/theme.js", SCRIPT, include_str!("page/theme.js")),
];
const SCRIPT: &str = "text/javascript";
/// The path of the library of the forms.
const FORMS: &str = "/json-editor.js";

/// The addresses that the page calls, and a file.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) functions: String,
    pub(super) auth: Option<String>,
    /// The library of the forms. It comes with the Auth emulator.
    pub(super) forms: Option<PathBuf>,
}

/// Serves the page until the program ends.
pub(super) fn serve(
    listener: TcpListener,
    project: Arc<Project>,
    addresses: Addresses,
) -> Outcome<()> {
    let policy = HeaderValue::from_str(&addresses.policy()).ok();
    serve_with(listener, move |request| {
        let (project, addresses, policy) =
            (Arc::clone(&project), addresses.clone(), policy.clone());
        async move {
            let mut answer = match request.uri().path() {
                "/config.json" => {
                    project.look().await;
                    answer("application/json", addresses.config(&project))
                }
                FORMS => addresses.library().await.map_or_else(absent, |text| answer(SCRIPT, text)),
                path => FILES
                    .iter()
                    .find(|(file, _, _)| *file == path)
                    .map_or_else(absent, |(_, kind, text)| answer(kind, *text)),
            };
            let headers = answer.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if let Some(policy) = policy {
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            answer
        }
    })
}

impl Addresses {
    /// What the page may load and ask: its own files, the functions, the Auth emulator.
    fn policy(&self) -> String {
        let auth = self.auth.as_deref().unwrap_or_default();
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {} {auth}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            self.functions
        )
    }

    fn config(&self, project: &Project) -> String {
        json!({
            "project": project.settings.project,
            "functions": self.functions,
            "auth": self.auth,
            "forms": self.forms.as_ref().is_some_and(|file| file.is_file()),
            "callables": project.list(),
        })
        .to_string()
    }

    /// The library of the forms, once it is installed.
    async fn library(&self) -> Option<Vec<u8>> {
        let file = self.forms.clone()?;
        spawn_blocking(move || std::fs::read(file).ok()).await.ok().flatten()
    }
}

fn absent() -> Response<AnyBody> {
    let mut absent = answer("text/plain", "Not Found");
    *absent.status_mut() = StatusCode::NOT_FOUND;
    absent
}

fn answer(kind: &str, body: impl Into<Bytes>) -> Response<AnyBody> {
    let mut answer =
        Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
    if let Ok(kind) = HeaderValue::from_str(&format!("{kind}; charset=utf-8")) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{Addresses, FILES};

    const WITHOUT_AUTH: Addresses = Addresses { functions: String::new(), auth: None, forms: None };

    #[test]
    fn each_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/run/page");
        let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let there: BTreeSet<_> = names.map(|name| format!("/{}", name.display())).collect();
        let index = |path: &str| if path == "/" { "/index.html" } else { path }.to_owned();
        let served: BTreeSet<_> = FILES.iter().map(|(path, _, _)| index(path)).collect();
        assert_eq!(there, served);
    }

    #[test]
    fn the_page_may_ask_only_the_local_run() {
        let functions = "http://127.0.0.1:9000".to_owned();
        let auth = Some("http://127.0.0.1:9099".to_owned());
        let policy = Addresses { functions, auth, forms: None }.policy();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(
            policy.contains("connect-src 'self' http://127.0.0.1:9000 http://127.0.0.1:9099;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
    }

    #[tokio::test]
    async fn the_library_of_the_forms_is_absent_without_the_emulator_and_before_it_is_installed() {
        assert!(WITHOUT_AUTH.library().await.is_none());
        let forms = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("not-installed.js"));
        assert!(Addresses { forms, ..WITHOUT_AUTH }.library().await.is_none());
    }
}
