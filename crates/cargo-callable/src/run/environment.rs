//! The environment of each function in a local run. Later sources win: the shell, the templates, the local AWS, the
//! project's files and settings, the function's own settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::data::Data;
use super::settings::Settings;
use crate::failure::{Failure, Outcome};
use crate::function::Function;

/// Variables of the shell that functions must not inherit: conda, for one, sets a HOST that is not an address, and with
/// AWS's own a function would take itself for one in the cloud.
const NOT_INHERITED: [&str; 5] = [
    "HOST",
    "PORT",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_HTTP_ENDPOINT",
    "CALLABLE_RESPONSE_MODE",
];

/// Where the variables of the functions come from, beside the shell.
pub(super) struct Parts<'a> {
    pub(super) root: &'a Path,
    pub(super) settings: &'a Settings,
    pub(super) data: &'a Data,
    /// The variables of the project's files.
    pub(super) files: Vec<(String, String)>,
}

impl Parts<'_> {
    /// All variables of a function. `aws` are those of the local AWS, `auth` is `host:port` of the Auth emulator.
    pub(super) fn of(
        self,
        function: &Function,
        aws: Vec<(String, String)>,
        auth: Option<String>,
    ) -> Vec<(String, String)> {
        let own = |name: &str, value: String| (name.to_owned(), value);
        let mut all: BTreeMap<_, _> = inherited().into_iter().collect();
        all.extend(self.data.variables_of(&function.logical_id()));
        all.extend(aws);
        all.extend([
            own("LOCAL_SECRETS_FILE", secrets(self.root).to_string_lossy().into_owned()),
            own("FIREBASE_PROJECT_ID", self.settings.project.clone()),
        ]);
        all.extend(auth.map(|host| own("FIREBASE_AUTH_EMULATOR_HOST", host)));
        all.extend(self.files);
        all.extend(self.settings.environment.iter().cloned());
        all.extend(function.local_environment.iter().cloned());
        all.into_iter().collect()
    }
}

/// The file of secrets that the functions of a project read.
pub(super) fn secrets(root: &Path) -> PathBuf {
    root.join(".secret.local")
}

/// The shell's variables that a function inherits.
fn inherited() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os()
        .filter_map(text)
        .filter(|(name, _)| !NOT_INHERITED.contains(&name.as_str()))
        .collect()
}

/// The variables in files of `KEY=value` lines, later files after earlier ones.
pub(super) fn read_files(files: &[PathBuf]) -> Outcome<Vec<(String, String)>> {
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
        all.extend(parse(&text, file)?);
    }
    Ok(all)
}

/// Empty lines and those that begin with `#` say nothing. In double quotes, `\n` is a line break.
fn parse(text: &str, file: &Path) -> Outcome<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        };
        let Some((name, value)) = parts.filter(|(name, _)| is_name(name)) else {
            return Err(Failure::new(format!(
                "{}, line {}: write KEY=value, or # before a remark",
                file.display(),
                index + 1
            )));
        };
        variables.push((name.to_owned(), unquoted(value)));
    }
    Ok(variables)
}

fn unquoted(value: &str) -> String {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"')
        .map(|text| text.replace("\\n", "\n"))
        .or_else(|| within('\'').map(str::to_owned))
        .unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::parse;

    #[test]
    fn a_file_has_one_variable_a_line() {
        let text = "# keys\n\nA=1\n B = two words \nC=\"x\\ny\"\nD='\\n'\nE=a=b\nF=\n";
        let found = parse(text, Path::new("local.env")).unwrap();
        let found: Vec<_> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [("A", "1"), ("B", "two words"), ("C", "x\ny"), ("D", "\\n"), ("E", "a=b"), ("F", "")]
        );
    }

    #[test]
    fn another_line_is_named_in_one_sentence() {
        for line in ["A", "=1", "export A=1", "A-B=1"] {
            let text = format!("X=1\n{line}\n");
            assert_eq!(
                parse(&text, Path::new("local.env")).unwrap_err().to_string(),
                "local.env, line 2: write KEY=value, or # before a remark",
            );
        }
    }
}
