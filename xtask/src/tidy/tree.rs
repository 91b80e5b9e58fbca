//! The crates of the checkout: their manifests, and their files read as tokens. Tests are left out: they may look at
//! everything their crate can see.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::source::Source;

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// By module path (`["call", "resolve"]`; the root is empty).
    pub(crate) files: BTreeMap<Vec<String>, Source>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) line: usize,
}

/// All packages under `crates/`, and `xtask`.
pub(crate) fn read(root: &Path) -> Result<Vec<Package>, String> {
    let mut folders = vec![root.join("xtask")];
    for entry in entries(&root.join("crates"))? {
        folders.push(entry);
    }
    folders.sort();
    folders.iter().filter(|folder| folder.join("Cargo.toml").is_file()).map(|folder| package(root, folder)).collect()
}

/// What stands in a folder, in order.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        found.push(entry.map_err(wrong)?.path());
    }
    found.sort();
    Ok(found)
}

/// The path as it is reported: from the root, with forward slashes.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

fn package(root: &Path, folder: &Path) -> Result<Package, String> {
    let manifest_path = folder.join("Cargo.toml");
    let manifest = shown(root, &manifest_path);
    let text = std::fs::read_to_string(&manifest_path).map_err(|error| format!("{manifest}: {error}"))?;
    let parsed: toml::Table = text.parse().map_err(|error| format!("{manifest}: {error}"))?;
    let folder_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = parsed.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
    let mut files = BTreeMap::new();
    modules(root, &folder.join("src"), &mut Vec::new(), &mut files)?;
    Ok(Package {
        name: name.unwrap_or(&folder_name).to_owned(),
        manifest,
        dependencies: dependencies(&parsed, &text),
        files,
    })
}

/// The normal dependencies: what a release is built from.
fn dependencies(manifest: &toml::Table, text: &str) -> Vec<Dependency> {
    let line_of = |name: &str| {
        let starts =
            |line: &str| line.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
        text.lines().position(starts).map_or(1, |index| index + 1)
    };
    let tables = manifest.get("dependencies").and_then(|table| table.as_table()).into_iter();
    let tables =
        tables.chain(manifest.get("target").and_then(|table| table.as_table()).into_iter().flat_map(|targets| {
            targets.values().filter_map(|target| target.get("dependencies").and_then(|table| table.as_table()))
        }));
    tables.flat_map(|table| table.keys()).map(|name| Dependency { name: name.clone(), line: line_of(name) }).collect()
}

fn modules(
    root: &Path,
    folder: &Path,
    at: &mut Vec<String>,
    files: &mut BTreeMap<Vec<String>, Source>,
) -> Result<(), String> {
    for path in entries(folder)? {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            at.push(stem);
            modules(root, &path, at, files)?;
            at.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let has_library = at.is_empty() && stem == "main" && folder.join("lib.rs").is_file();
            let is_root = at.is_empty() && (stem == "lib" || stem == "main") && !has_library;
            let mut module = at.clone();
            if !is_root && stem != "mod" {
                module.push(stem);
            }
            let shown = shown(root, &path);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
            files.insert(module, Source::read(shown, &text));
        }
    }
    Ok(())
}
