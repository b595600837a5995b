//! Files of a crate must not depend on each other in a circle, so that a file can be understood with only those below
//! it.
//!
//! A file depends on every file that defines an item which it names: in a `use`, by a path in its code, or by a path in
//! a macro's arguments. A file that names a re-exported item depends on the file that defines the item, not on the one
//! that re-exports it, and a re-export itself is not a dependency. So a parent may use its children and a child its
//! siblings; a child may use an item that its parent's file defines only if that file does not use the child.

mod tests;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, File, Item, ItemConst, ItemEnum, ItemFn, ItemMod, ItemStatic, ItemStruct, ItemTrait,
    ItemType, ItemUse, Signature, UseTree, Visibility,
    visit::{self, Visit},
};

use super::{crates, sources};

/// The segments of a path below the root of the crate: `crate::host::lambda` is `["host", "lambda"]`.
type Path = Vec<String>;

/// A module. An inline `mod name { … }` is a module in the file of its parent.
#[derive(Default)]
struct Module {
    file: String,
    /// The names that a `use` binds here, with the paths that they stand for.
    names: BTreeMap<String, Path>,
    /// The modules whose names are all bound here, by `use …::*`.
    globs: Vec<Path>,
    /// Items that are defined here.
    items: BTreeSet<String>,
    /// Paths that the code names, resolved up to the root of the crate.
    uses: BTreeSet<Path>,
}

#[derive(Default)]
struct Crate(BTreeMap<Path, Module>);

impl Crate {
    /// `files` are paths below `src`, with their text.
    fn read<'s>(files: impl IntoIterator<Item = (&'s str, &'s str)>) -> Self {
        let parsed: Vec<(&str, Path, File)> = files
            .into_iter()
            .map(|(file, source)| {
                let source = syn::parse_file(source).unwrap_or_else(|e| panic!("{file}: {e}"));
                (file, module_of(file), source)
            })
            .collect();
        let mut this = Self::default();
        // All names first, because a path in one file may use a name of another.
        for (file, module, source) in &parsed {
            this.declare(file, module, &source.items);
        }
        for (_, module, source) in &parsed {
            let mut uses = Uses { krate: &this, module: module.clone(), found: Vec::new() };
            uses.visit_file(source);
            for (module, path) in uses.found {
                this.0.get_mut(&module).unwrap().uses.insert(path);
            }
        }
        this
    }

    fn declare(&mut self, file: &str, path: &Path, items: &[Item]) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        let children: BTreeSet<String> = items
            .iter()
            .filter_map(|item| match item {
                Item::Mod(item) => Some(item.ident.to_string()),
                _ => None,
            })
            .collect();
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Use(item) => leaves(&item.tree, &mut Vec::new(), &mut |name, target| {
                    let child = target.first().is_some_and(|first| children.contains(first));
                    let target = if child {
                        Some(path.iter().chain(target).cloned().collect())
                    } else {
                        absolute(path, target)
                    };
                    let Some(target) = target else { return };
                    match name {
                        Some(name) => drop(module.names.insert(name, target)),
                        None => module.globs.push(target),
                    }
                }),
                Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        self.declare(file, &below(path, &item.ident.to_string()), items);
                    }
                }
                item => module.items.extend(name_of(item)),
            }
        }
        self.0.insert(path.clone(), module);
    }

    /// The file that defines what `path` names; `None` for a name of another crate.
    fn file(&self, path: &[String]) -> Option<&str> {
        self.find(path, 16)
    }

    fn find(&self, path: &[String], steps: u8) -> Option<&str> {
        let mut at = Path::new();
        for (index, segment) in path.iter().enumerate() {
            let module = &self.0[&at];
            let rest = &path[index + 1..];
            at.push(segment.clone());
            if self.0.contains_key(&at) {
                continue;
            }
            if let Some(target) = module.names.get(segment).filter(|_| steps > 0) {
                let target: Path = target.iter().chain(rest).cloned().collect();
                return self.find(&target, steps - 1);
            }
            if !module.items.contains(segment) && steps > 0 {
                for glob in &module.globs {
                    let inside = self.0.get(glob).is_some_and(|it| {
                        it.items.contains(segment) || it.names.contains_key(segment)
                    });
                    if inside {
                        let target: Path = glob.iter().chain(&path[index..]).cloned().collect();
                        return self.find(&target, steps - 1);
                    }
                }
            }
            return Some(&module.file);
        }
        self.0.get(&at).map(|module| module.file.as_str())
    }

    /// The files that each file depends on.
    fn dependencies(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for module in self.0.values() {
            let files = module.uses.iter().filter_map(|path| self.file(path));
            let others = files.filter(|file| *file != module.file);
            graph.entry(&module.file).or_default().extend(others);
        }
        graph
    }

    /// Each group of files that depend on one another, as lines `file -> file`.
    fn circles(&self) -> Vec<String> {
        let graph = self.dependencies();
        let reached = |from: &str| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<&str> = graph[from].iter().copied().collect();
            while let Some(file) = open.pop() {
                if seen.insert(file) {
                    open.extend(&graph[file]);
                }
            }
            seen
        };
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            graph.keys().map(|file| (*file, reached(file))).collect();
        let mut circles = Vec::new();
        for (file, targets) in &graph {
            let back = targets.iter().filter(|target| reached[*target].contains(file));
            circles.extend(back.map(|target| format!("{file} -> {target}")));
        }
        circles
    }
}

/// Collects the paths in the code of a module.
struct Uses<'c> {
    krate: &'c Crate,
    module: Path,
    found: Vec<(Path, Path)>,
}

impl Uses<'_> {
    fn name(&mut self, path: &[String]) {
        let here = &self.krate.0[&self.module];
        let target = match path {
            [first, rest @ ..] if here.names.contains_key(first) => {
                Some(here.names[first].iter().chain(rest).cloned().collect())
            }
            [first, ..] if self.krate.0.contains_key(&below(&self.module, first)) => {
                Some(self.module.iter().chain(path).cloned().collect())
            }
            path => absolute(&self.module, path),
        };
        self.found.extend(target.map(|target| (self.module.clone(), target)));
    }

    fn name_tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.name(&std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                // `pub(super)` does not name an item.
                TokenTree::Group(group) if group.stream().to_string() == "super" => {}
                other => {
                    self.name(&std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.name_tokens(group.stream());
                    }
                }
            }
        }
        self.name(&path);
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if matches!(item.vis, Visibility::Inherited) {
            let mut targets = Vec::new();
            leaves(&item.tree, &mut Vec::new(), &mut |_, target| targets.push(target.to_vec()));
            for target in targets {
                let path = absolute(&self.module, &target);
                self.found.extend(path.map(|path| (self.module.clone(), path)));
            }
        }
    }

    /// Skipped: the path in `pub(super)` does not name an item.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let path: Path = path.segments.iter().map(|it| it.ident.to_string()).collect();
            self.name(&path);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.name_tokens(item.tokens.clone());
    }
}

/// Calls `each` with every name that a `use` binds and the path of its item. A `*` has a path, but not a name.
fn leaves(tree: &UseTree, path: &mut Path, each: &mut impl FnMut(Option<String>, &[String])) {
    let (first, rest) = match tree {
        UseTree::Path(tree) => (tree.ident.to_string(), Some(&*tree.tree)),
        UseTree::Name(tree) if tree.ident == "self" => {
            return each(path.last().cloned(), path);
        }
        UseTree::Name(tree) => (tree.ident.to_string(), None),
        UseTree::Rename(tree) if tree.ident == "self" => {
            return each(Some(tree.rename.to_string()), path);
        }
        UseTree::Rename(tree) => {
            path.push(tree.ident.to_string());
            each(Some(tree.rename.to_string()), path);
            path.pop();
            return;
        }
        UseTree::Glob(_) => return each(None, path),
        UseTree::Group(group) => {
            return group.items.iter().for_each(|tree| leaves(tree, path, each));
        }
    };
    path.push(first.clone());
    match rest {
        Some(rest) => leaves(rest, path, each),
        None => each(Some(first), path),
    }
    path.pop();
}

/// Resolves a path in `module` to one from the root of the crate. `None` for a path of another crate.
fn absolute(module: &Path, path: &[String]) -> Option<Path> {
    let (mut base, mut rest) = match path.first()?.as_str() {
        "crate" => (Path::new(), &path[1..]),
        "self" => (module.clone(), &path[1..]),
        "super" => (module.clone(), path),
        _ => return None,
    };
    while let Some((first, others)) = rest.split_first()
        && first == "super"
    {
        base.pop()?;
        rest = others;
    }
    base.extend_from_slice(rest);
    Some(base)
}

fn module_of(file: &str) -> Path {
    let path = file.strip_suffix(".rs").unwrap();
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|name| !["lib", "main"].contains(name)).map(str::to_owned).collect()
}

fn below(module: &[String], name: &str) -> Path {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = attribute.meta.require_list().map(|list| list.tokens.to_string());
        attribute.path().is_ident("cfg") && tokens.is_ok_and(|it| it == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let (Item::Const(ItemConst { ident, .. })
    | Item::Enum(ItemEnum { ident, .. })
    | Item::Fn(ItemFn { sig: Signature { ident, .. }, .. })
    | Item::Static(ItemStatic { ident, .. })
    | Item::Struct(ItemStruct { ident, .. })
    | Item::Trait(ItemTrait { ident, .. })
    | Item::Type(ItemType { ident, .. })) = item
    else {
        return None;
    };
    Some(ident.to_string())
}
