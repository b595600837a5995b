//! A function of a project: its names, and what its manifest declares in `[package.metadata.function]`.

use serde::Deserialize;

use crate::failure::{Failure, Outcome};

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Called by a Firebase SDK.
    Callable,
    /// Plain HTTP, such as a webhook.
    Http,
    /// Invoked by AWS only, such as by a schedule: no route leads to it.
    Scheduled,
}

impl Kind {
    /// As a manifest writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Callable => "callable",
            Self::Http => "http",
            Self::Scheduled => "scheduled",
        }
    }
}

/// `[package.metadata.function]` as it stands in a manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declared {
    pub(crate) kind: Option<Kind>,
    /// The public name, if it is not the folder's in camel case.
    pub(crate) name: Option<String>,
    /// The public names of several callables in one program.
    pub(crate) names: Option<Vec<String>>,
    /// Whether the function streams. The front then invokes it with response streaming.
    #[serde(default)]
    pub(crate) stream: bool,
}

/// A function of the project.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// The folder below `functions/`, which is also the name of the package and of the binary.
    pub(crate) folder: String,
    /// What messages call it: its public name, or the folder's in camel case if the program has several callables.
    pub(crate) name: String,
    /// The public names of its callables: the last part of the URL's path. One, unless the manifest declares `names`.
    pub(crate) names: Vec<String>,
    /// Whether the manifest declares `names`: the program then routes by name itself.
    pub(crate) is_group: bool,
    pub(crate) kind: Kind,
    pub(crate) stream: bool,
    /// Whether its package has the feature `emulator`.
    pub(crate) has_emulator: bool,
    /// Whether it is a callable on the crate `shared`, so that its program can print its contract.
    pub(crate) has_contract: bool,
    /// Variables of the local run: `[package.metadata.callable.run.environment]`.
    pub(crate) local_environment: Vec<(String, String)>,
}

impl Function {
    /// Checks what the manifest in `functions/<folder>` declares.
    pub(crate) fn new(folder: &str, declared: Declared) -> Outcome<Self> {
        let file = format!("functions/{folder}/Cargo.toml");
        let Some(kind) = declared.kind else {
            return Err(Failure::new(format!(
                "{file} does not declare its kind: write kind = \"callable\", \"http\" or \"scheduled\" into [package.metadata.function]"
            )));
        };
        let is_group = declared.names.is_some();
        let name = declared.name.clone().unwrap_or_else(|| camel_case(folder));
        let names = match declared.names {
            None => vec![name.clone()],
            Some(names)
                if kind == Kind::Callable && declared.name.is_none() && !names.is_empty() =>
            {
                names
            }
            Some(_) => {
                return Err(Failure::new(format!(
                    "{file} declares names: that is for several callables in one program, as in kind = \"callable\" and names = [\"addNote\", \"removeNote\"], without the line name"
                )));
            }
        };
        if !names.iter().all(|name| is_public_name(name)) {
            return Err(Failure::new(format!(
                "{file} declares a public name that cannot stand in a URL: write name = \"sendInvoice\" or leave the line out"
            )));
        }
        Ok(Self {
            folder: folder.to_owned(),
            name,
            names,
            is_group,
            kind,
            stream: declared.stream,
            has_emulator: false,
            has_contract: false,
            local_environment: Vec::new(),
        })
    }

    /// The id of its resource in the SAM template: `SendInvoiceFunction`.
    pub(crate) fn logical_id(&self) -> String {
        let camel = camel_case(&self.folder);
        let mut letters = camel.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}Function", letters.as_str())
    }

    /// The paths of all its callables, or of the webhook; none if it is scheduled.
    pub(crate) fn routes(&self) -> Vec<String> {
        match self.kind {
            Kind::Scheduled => Vec::new(),
            Kind::Callable | Kind::Http => {
                self.names.iter().flat_map(|name| routes_of(name)).collect()
            }
        }
    }
}

/// The paths of a callable: the one that `getFunctions(app, origin)` calls, and the one of `connectFunctionsEmulator`.
pub(crate) fn routes_of(name: &str) -> [String; 2] {
    [format!("/{name}"), format!("/{{project}}/{{region}}/{name}")]
}

/// `send-invoice` is `sendInvoice`.
pub(crate) fn camel_case(folder: &str) -> String {
    let mut upper = false;
    folder
        .chars()
        .filter_map(|letter| {
            if letter == '-' {
                upper = true;
                return None;
            }
            let shown = if upper { letter.to_ascii_uppercase() } else { letter };
            upper = false;
            Some(shown)
        })
        .collect()
}

/// A letter, then up to 62 letters, digits, `_` and `-`.
fn is_public_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::{Declared, Function, Kind, camel_case};

    #[test]
    fn a_folder_gives_the_names_of_its_function() {
        for (folder, name, id) in [
            ("hello", "hello", "HelloFunction"),
            ("send-invoice", "sendInvoice", "SendInvoiceFunction"),
            ("a-b-2", "aB2", "AB2Function"),
        ] {
            let declared = Declared { kind: Some(Kind::Callable), ..Declared::default() };
            let function = Function::new(folder, declared).unwrap();
            assert_eq!((function.name.as_str(), function.logical_id().as_str()), (name, id));
            assert_eq!(
                function.routes(),
                [format!("/{name}"), format!("/{{project}}/{{region}}/{name}")]
            );
        }
    }

    #[test]
    fn a_public_name_must_fit_into_a_path() {
        for name in ["", "9lives", "a/b", "a b", "ü", &"a".repeat(64)] {
            let declared = Declared {
                kind: Some(Kind::Http),
                name: Some(name.to_owned()),
                ..Declared::default()
            };
            let sentence = Function::new("hello", declared).unwrap_err().to_string();
            assert!(
                sentence.starts_with("functions/hello/Cargo.toml declares a public name"),
                "{sentence}"
            );
        }
        assert_eq!(camel_case("a"), "a");
    }

    #[test]
    fn several_callables_have_names_of_their_own_and_the_program_one_resource() {
        let names = |names: &[&str]| Declared {
            kind: Some(Kind::Callable),
            names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..Declared::default()
        };
        let function = Function::new("all-notes", names(&["addNote", "removeNote"])).unwrap();
        assert_eq!(
            (function.name.as_str(), function.logical_id().as_str()),
            ("allNotes", "AllNotesFunction")
        );
        let project = "/{project}/{region}";
        let routes = [
            "/addNote",
            &format!("{project}/addNote"),
            "/removeNote",
            &format!("{project}/removeNote"),
        ];
        assert_eq!(function.routes(), routes);
        for wrong in [
            names(&[]),
            Declared { kind: Some(Kind::Http), ..names(&["a"]) },
            Declared { name: Some("b".to_owned()), ..names(&["a"]) },
        ] {
            let sentence = Function::new("all-notes", wrong).unwrap_err().to_string();
            assert!(
                sentence.starts_with("functions/all-notes/Cargo.toml declares names: "),
                "{sentence}"
            );
        }
        assert!(Function::new("all-notes", names(&["a/b"])).is_err());
    }
}
