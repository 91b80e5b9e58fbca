//! A tiny tree that is tidy, and one planted fault at a time: tidy must be red on each, at the right place.

use std::path::Path;

use tempfile::TempDir;

use super::look;

const ARCHITECTURE: &str = "\
# Architecture

| crate | may import | must never know | pure |
|---|---|---|---|
| `peta-model` | nothing of ours | MCP, SQL | yes |
| `peta-store` | model | HTTP | no |
| `xtask` | nothing of ours | | no |
";

const PAGE: &str = "\
# P1001: no service token

## What happened
It was missing.

## Why
It is asked for.

## What to do
Send it.

## Where it appears
HTTP 401.
";

/// Path and text of every file of the tiny tree.
const TREE: &[(&str, &str)] = &[
    ("ARCHITECTURE.md", ARCHITECTURE),
    ("CHANGELOG.md", ""),
    ("CONTRIBUTING.md", ""),
    ("Cargo.toml", "[workspace]\n\n[workspace.dependencies]\npeta-model = { path = \"x\" }\nserde = \"1\"\n"),
    ("LICENSE", ""),
    ("Makefile", ""),
    ("README.md", ""),
    ("ROADMAP.md", ""),
    ("SECURITY.md", ""),
    ("clippy.toml", ""),
    ("deny.toml", ""),
    ("rustfmt.toml", ""),
    (".ci/run", ""),
    ("docs/decisions/0002-dependencies.md", "| `serde` | types |\n"),
    ("docs/errors/P1001.md", PAGE),
    ("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n"),
    ("xtask/src/main.rs", "fn main() {}\n"),
    ("crates/peta-model/Cargo.toml", "[package]\nname = \"peta-model\"\n\n[dependencies]\nserde = \"1\"\n"),
    ("crates/peta-model/src/lib.rs", "pub mod code;\npub mod name;\npub use name::Name;\n"),
    ("crates/peta-model/src/code.rs", "codes! {\n    TOKEN_MISSING = \"P1001\", \"no service token\";\n}\n"),
    ("crates/peta-model/src/name.rs", "use crate::code::Code;\npub struct Name(Code);\n"),
    (
        "crates/peta-store/Cargo.toml",
        "[package]\nname = \"peta-store\"\n\n[dependencies]\npeta-model.workspace = true\n\n[dev-dependencies]\npeta-testkit = \"1\"\n",
    ),
    (
        "crates/peta-store/src/lib.rs",
        "mod row;\nmod table;\npub use table::Table;\nuse peta_model::Name;\npub fn open(name: Name) -> Table { table::open(name) }\n",
    ),
    ("crates/peta-store/src/row.rs", "use peta_model::Name;\npub struct Row(Name);\n"),
    ("crates/peta-store/src/table.rs", "use crate::row::Row;\npub struct Table(Row);\npub fn open() {}\n"),
];

fn plant(changes: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in TREE.iter().chain(changes) {
        write(folder.path(), path, text);
    }
    folder
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What tidy says about the tiny tree with these files added or replaced.
fn findings(changes: &[(&str, &str)]) -> Vec<String> {
    look(plant(changes).path()).unwrap().iter().map(ToString::to_string).collect()
}

/// Exactly one finding, that begins and goes on like this.
#[track_caller]
fn one(changes: &[(&str, &str)], place: &str, part: &str) {
    let found = findings(changes);
    assert!(found.len() == 1 && found[0].starts_with(place) && found[0].contains(part), "{found:#?}");
}

#[test]
fn the_tiny_tree_is_tidy() {
    assert_eq!(findings(&[]), Vec::<String>::new());
}

#[test]
fn this_checkout_has_a_table_that_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut findings = Vec::new();
    let table = super::table::read(root, &mut findings).unwrap();
    assert_eq!(findings, []);
    assert!(table.rows.contains_key("peta-gateway") && table.rows.get("peta-mcp").unwrap().pure);
}

#[test]
fn an_arrow_up_in_a_manifest() {
    let manifest = "[package]\nname = \"peta-model\"\n\n[dependencies]\npeta-store.workspace = true\n";
    one(&[("crates/peta-model/Cargo.toml", manifest)], "crates/peta-model/Cargo.toml:5:", "arrow up");
}

#[test]
fn an_arrow_up_in_the_code() {
    let code = "//! Doc.\n\npub fn bad() { peta_store::open(); }\n";
    one(&[("crates/peta-model/src/name.rs", code)], "crates/peta-model/src/name.rs:3:", "arrow up");
}

#[test]
fn a_row_that_names_a_row_below_it() {
    let table = ARCHITECTURE.replace("| `peta-model` | nothing of ours |", "| `peta-model` | store |");
    one(&[("ARCHITECTURE.md", &table)], "ARCHITECTURE.md:5:", "no circle of crates");
}

#[test]
fn a_crate_without_a_row() {
    let manifest = "[package]\nname = \"peta-new\"\n";
    let changes = [("crates/peta-new/Cargo.toml", manifest), ("crates/peta-new/src/lib.rs", "")];
    one(&changes, "crates/peta-new/Cargo.toml:1:", "no row");
}

#[test]
fn a_row_without_a_crate() {
    let table = ARCHITECTURE.replace("| `xtask`", "| `peta-gone` | model | | no |\n| `xtask`");
    one(&[("ARCHITECTURE.md", &table)], "ARCHITECTURE.md:7:", "no such crate");
}

#[test]
fn knowledge_that_a_row_forbids() {
    let manifest = "[package]\nname = \"peta-store\"\n\n[dependencies]\npeta-model = \"1\"\naxum = \"1\"\n";
    one(&[("crates/peta-store/Cargo.toml", manifest)], "crates/peta-store/Cargo.toml:6:", "must never know HTTP");
}

#[test]
fn a_circle_of_sibling_files() {
    let row = "use super::table;\npub struct Row;\nfn bad() { table::open() }\n";
    one(&[("crates/peta-store/src/row.rs", row)], "crates/peta-store/src/row.rs:3:", "circle of files");
}

#[test]
fn a_circle_through_a_name_that_is_handed_on() {
    let row = "use crate::Table;\npub struct Row(Option<Box<Table>>);\n";
    one(&[("crates/peta-store/src/row.rs", row)], "crates/peta-store/src/row.rs:1:", "circle of files");
}

#[test]
fn a_circle_of_a_parent_and_its_child() {
    let parent = "mod child;\npub struct Table;\npub fn open() { child::fill() }\n";
    let child = "use super::*;\npub fn fill() -> Table { Table }\n";
    let changes = [("crates/peta-store/src/table.rs", parent), ("crates/peta-store/src/table/child.rs", child)];
    one(&changes, "crates/peta-store/src/table.rs:3:", "circle of files");
}

#[test]
fn a_child_may_use_its_parent_and_tests_may_look_at_everything() {
    let parent = "mod child;\npub use child::fill;\npub struct Table;\npub fn open() {}\n#[cfg(test)]\nmod tests { use super::child; fn t() { child::fill(); } }\n";
    let child = "use super::Table;\n/// See [`super::child`].\npub fn fill(_: &str) -> Table { let _ = \"crate::row::Row\"; Table }\n";
    let changes = [
        ("crates/peta-store/src/table.rs", parent),
        ("crates/peta-store/src/table/child.rs", child),
        ("crates/peta-store/src/table/tests.rs", "use super::super::row::Row;\nuse crate::open;\n"),
    ];
    assert_eq!(findings(&changes), Vec::<String>::new());
}

#[test]
fn a_clock_in_a_pure_crate() {
    let code = "use std::time::{Duration, SystemTime};\n\npub fn bad() { let _ = SystemTime::now(); }\n";
    let found = findings(&[("crates/peta-model/src/name.rs", code)]);
    assert!(found[0].starts_with("crates/peta-model/src/name.rs:1: SystemTime in the pure crate"), "{found:#?}");
    let code = "pub fn bad() {\n    std::time::Instant::now();\n}\n";
    one(&[("crates/peta-model/src/name.rs", code)], "crates/peta-model/src/name.rs:2:", "Instant::now in the pure");
}

#[test]
fn files_and_a_runtime_in_a_pure_crate() {
    let code = "use std::{fmt, fs};\nfn bad() { fs::read(\"\"); }\n";
    one(&[("crates/peta-model/src/name.rs", code)], "crates/peta-model/src/name.rs:1:", "std::fs in the pure crate");
    let manifest = "[package]\nname = \"peta-model\"\n\n[dependencies]\ntokio = \"1\"\n";
    one(&[("crates/peta-model/Cargo.toml", manifest)], "crates/peta-model/Cargo.toml:5:", "the dependency tokio");
}

#[test]
fn the_one_file_that_a_row_names_may_be_impure() {
    let row = ARCHITECTURE.replace("| MCP, SQL | yes |", "| MCP, SQL | yes, but for `name.rs`, which waits |");
    let manifest = "[package]\nname = \"peta-model\"\n\n[dependencies]\ntokio = \"1\"\n";
    let code = "use tokio::time;\npub struct Name;\n";
    let changes = [
        ("ARCHITECTURE.md", row.as_str()),
        ("crates/peta-model/Cargo.toml", manifest),
        ("crates/peta-model/src/name.rs", code),
    ];
    assert_eq!(findings(&changes), Vec::<String>::new());
    let beside = "use hyper_util::rt;\ncodes! {\n    TOKEN_MISSING = \"P1001\", \"no service token\";\n}\n";
    let found = findings(&[changes[0], changes[1], ("crates/peta-model/src/code.rs", beside)]);
    assert!(
        found.len() == 1 && found[0].starts_with("crates/peta-model/src/code.rs:1: hyper_util in the pure"),
        "{found:#?}"
    );
}

#[test]
fn a_clock_in_the_tests_of_a_pure_crate_is_fine() {
    let code = "#[cfg(test)]\nmod tests {\n    fn t() { std::time::Instant::now(); }\n}\n#[cfg(test)]\nuse std::fs;\npub struct Name;\n";
    assert_eq!(findings(&[("crates/peta-model/src/name.rs", code)]), Vec::<String>::new());
}

#[test]
fn codes_and_pages() {
    let codes = "codes! {\n    A = \"P1001\", \"no service token\";\n    B = \"P1002\", \"another\";\n}\n";
    one(&[("crates/peta-model/src/code.rs", codes)], "crates/peta-model/src/code.rs:3:", "P1002 has no page");
    let twice = "codes! {\n    A = \"P1001\", \"no service token\";\n    B = \"P1001\", \"no service token\";\n}\n";
    one(&[("crates/peta-model/src/code.rs", twice)], "crates/peta-model/src/code.rs:3:", "one meaning for ever");
    one(&[("docs/errors/P9999.md", PAGE)], "docs/errors/P9999.md:1:", "there is no code P9999");
    let page = PAGE.replace("no service token", "no token");
    one(&[("docs/errors/P1001.md", &page)], "docs/errors/P1001.md:1:", "must begin with `# P1001: no service token`");
    let page = PAGE.replace("Send it.\n", "");
    one(&[("docs/errors/P1001.md", &page)], "docs/errors/P1001.md:1:", "`## What to do`");
}

#[test]
fn a_dependency_without_a_reason() {
    let manifest = "[workspace.dependencies]\nserde = \"1\"\nleft-pad = \"1\"\n\n[profile.dev]\ndebug = 0\n";
    one(&[("Cargo.toml", manifest)], "Cargo.toml:3:", "left-pad is not in");
}

#[test]
fn a_link_that_leads_nowhere() {
    let text = "See [here](errors/P1001.md#why), [there](https://example.com/x) and [nowhere](gone.md).\n";
    one(&[("docs/page.md", text)], "docs/page.md:1:", "the link to gone.md");
}

#[test]
fn names_that_say_nothing() {
    one(&[("crates/peta-store/src/util.rs", "")], "crates/peta-store/src/util.rs:1:", "says nothing");
    one(&[("crates/peta-store/src/row/mod.rs", "")], "crates/peta-store/src/row/mod.rs:1:", "mod.rs");
}

#[test]
fn a_long_file_is_a_warning() {
    let long = "//\n".repeat(401);
    one(&[("crates/peta-store/src/long.rs", &long)], "crates/peta-store/src/long.rs:1: warning: 401 lines", "");
    assert_eq!(findings(&[("crates/peta-store/src/row/tests.rs", &long)]), Vec::<String>::new());
}

#[test]
fn a_path_of_somebodys_machine() {
    let text = format!("See `{}x`.\n", concat!("/ro", "ot/someone/"));
    one(&[("docs/page.md", &text)], "docs/page.md:1:", "one machine's own");
    assert_eq!(findings(&[("docs/page.md", "target/work/x and ~/work/y\n")]), Vec::<String>::new());
}

#[test]
fn a_missing_file_of_the_root() {
    let folder = plant(&[]);
    std::fs::remove_file(folder.path().join("SECURITY.md")).unwrap();
    let found: Vec<String> = look(folder.path()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["SECURITY.md:1: is missing; every checkout has it"]);
}
