//! Names and words: no file named for nothing, no file that grows without end, the files that every checkout has, no
//! link that leads nowhere, and no word of the machine that something was built on.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::links;
use super::tree::{entries, shown};

const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];
const LONG: usize = 400;
const AT_THE_ROOT: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "ROADMAP.md",
    "SECURITY.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    ".ci/run",
];
/// Not ours, or not text of ours.
const SKIPPED: &[&str] = &[".git", ".peta", ".venv", "__pycache__", "corpus", "node_modules", "target"];
/// Where builds happen on people's machines: such a path in a file works for nobody else.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];
const TEXT: &[&str] = &["", "json", "lock", "md", "mjs", "py", "rs", "sh", "sql", "toml", "ts", "txt", "yaml", "yml"];

pub(crate) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<(), String> {
    for name in AT_THE_ROOT.iter().filter(|name| !root.join(name).is_file()) {
        findings.push(Finding::wrong(*name, 1, "is missing; every checkout has it"));
    }
    let mut files = Vec::new();
    walk(root, &mut files)?;
    for path in files {
        let file = shown(root, &path);
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        if !TEXT.contains(&extension.as_str()) {
            continue;
        }
        // What is not UTF-8 is not ours to read.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if extension == "rs" {
            name(&file, &path, findings);
            size(&file, &path, &text, findings);
        }
        if extension == "md" {
            links::check(root, &path, &text, findings);
        }
        words(&file, &text, findings);
    }
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for path in entries(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if SKIPPED.contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn name(file: &str, path: &Path, findings: &mut Vec<Finding>) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if EMPTY_NAMES.contains(&stem.as_str()) {
        let text = format!("`{stem}` says nothing about what is inside; name the file after what it does");
        findings.push(Finding::wrong(file, 1, text));
    }
    if stem == "mod" {
        findings.push(Finding::wrong(file, 1, "mod.rs hides its name; `foo.rs` stands beside `foo/`"));
    }
}

fn size(file: &str, path: &Path, text: &str, findings: &mut Vec<Finding>) {
    let is_test = path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs"
    });
    let lines = text.lines().count();
    if lines > LONG && !is_test {
        findings.push(Finding::warning(
            file,
            1,
            format!("{lines} lines; would a newcomer know the room? Look for a wall"),
        ));
    }
}

fn words(file: &str, text: &str, findings: &mut Vec<Finding>) {
    for (index, line) in text.lines().enumerate() {
        for path in MACHINE_PATHS {
            let stands_alone = line.match_indices(path).any(|(at, _)| {
                let before = line.get(..at).and_then(|before| before.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '~'))
            });
            if stands_alone {
                let text =
                    format!("a path that begins with {path} is one machine's own; say it without, or from the root");
                findings.push(Finding::wrong(file, index + 1, text));
            }
        }
    }
}
