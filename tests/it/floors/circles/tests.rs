//! No crate has a circle of files, and planted circles are found.

use super::*;

#[test]
fn no_files_depend_on_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for root in crates() {
        let files = sources(&root.join("src"));
        let krate = Crate::read(files.iter().map(|(file, text)| (file.as_str(), text.as_str())));
        let name = root.file_name().unwrap().to_str().unwrap();
        circles.extend(krate.circles().iter().map(|line| format!("{name}: {line}")));
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn finds_planted_circles_and_no_others() {
    let circles = |files: &[(&str, &str)]| Crate::read(files.iter().copied()).circles();
    let both = ["a.rs -> b.rs", "b.rs -> a.rs"];
    for (a, b) in [
        ("use crate::b::B;", "use crate::a::A;"),
        ("use super::b::B;", "use super::a;"),
        ("use crate::{b::B as C, c::{self}};", "fn f() { crate::a::f() }"),
        ("use crate::b::*;", "fn f() { let _ = super::a::A::new(); }"),
        ("use crate::B;", "fn f() { println!(\"{}\", crate::a::A) }"),
        ("fn f(b: crate::B) {}", "impl crate::a::A for u8 {}"),
        ("use crate::b::{self as c};", "use crate::a::{self as d};"),
        ("pub use crate::b::B; fn f() -> B {}", "mod inside { use crate::a::A; }"),
        ("use crate::b::B;", "mod inside { use super::super::a::A; }"),
    ] {
        let lib = "mod a; mod b; mod c; pub use b::B;";
        let lib = lib.replace("use b", "use self::b");
        let files = [("lib.rs", lib.as_str()), ("a.rs", a), ("b.rs", b), ("c.rs", "")];
        assert_eq!(circles(&files), both, "{a} {b}");
    }
    let with_parent = [
        ("r/mod.rs", "mod a; use self::a::A; struct Own;"),
        ("r/a.rs", "use super::Own; pub struct A;"),
        ("lib.rs", "mod r;"),
    ];
    assert_eq!(circles(&with_parent), ["r/a.rs -> r/mod.rs", "r/mod.rs -> r/a.rs"]);

    for (parent, a, b) in [
        // A name that the parent only re-exports belongs to the sibling that defines it.
        ("mod a; mod b; pub use b::B; pub use a::A;", "use super::B; pub struct A;", "struct B;"),
        ("mod a; mod b; pub use b::*; pub use a::A;", "use super::B; pub struct A;", "struct B;"),
        ("mod a; mod b; fn f() { a::f(); }", "use super::b::B;", "struct B;"),
        // Tests may import anything.
        ("mod a; mod b;", "use super::b::B;", "#[cfg(test)] mod tests { use crate::r::a::A; }"),
        ("mod a; mod b;", "use super::b::B;", "// use super::a::A;\nstruct B;"),
    ] {
        let files = [("lib.rs", "mod r;"), ("r.rs", parent), ("r/a.rs", a), ("r/b.rs", b)];
        assert_eq!(circles(&files), Vec::<String>::new(), "{parent} {a} {b}");
    }
}
