//! `cargo callable add NAME --group ONE,OTHER`: several callables in one program, each in a file of its own.

use super::names;
use crate::failure::{Failure, Outcome};
use crate::function::camel_case;
use crate::workspace::Workspace;

/// A file of a new function: its path in the function's folder, and its text.
type File = (String, String);

/// The callables of a new program.
pub(super) struct Group<'a> {
    members: &'a [String],
}

impl<'a> Group<'a> {
    /// Checks the names of `members`, which are written like those of folders.
    pub(super) fn new(members: &'a [String], workspace: &Workspace) -> Outcome<Self> {
        for (index, member) in members.iter().enumerate() {
            names::check_member(member, &camel_case(member), workspace)?;
            if members.iter().skip(index + 1).any(|other| other == member) {
                return Err(Failure::new(format!(
                    "--group names {member} twice: leave one of them out"
                )));
            }
        }
        Ok(Self { members })
    }

    /// The public names.
    pub(super) fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| camel_case(member)).collect()
    }

    /// `main.rs`, and `handler` once for each callable.
    pub(super) fn files(&self, handler: &str) -> Vec<File> {
        let lines = |line: &dyn Fn(&str, &str) -> String| {
            let lines: Vec<_> = self
                .members
                .iter()
                .map(|member| line(&module(member), &camel_case(member)))
                .collect();
            lines
        };
        let main = include_str!("../../function/group/main.rs")
            .replace("{{ names }}", &lines(&|_, name| format!("`{name}`")).join(", "))
            .replace("{{ modules }}", &lines(&|module, _| format!("mod {module};")).join("\n"))
            .replace(
                "{{ callables }}",
                &lines(&|module, name| format!("(\"{name}\", {module}::callable()),"))
                    .join("\n            "),
            );
        let mut files = vec![("src/main.rs".to_owned(), main)];
        for member in self.members {
            let text = handler
                .replace("{{ handler }}", &module(member))
                .replace("{{ name }}", &camel_case(member));
            files.push((format!("src/{}.rs", module(member)), text));
        }
        files
    }
}

/// The module of a callable, and the name of its handler.
fn module(member: &str) -> String {
    member.replace('-', "_")
}
