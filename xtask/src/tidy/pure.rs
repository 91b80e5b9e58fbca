//! Pure crates have no async runtime, no clock, no files, network, environment or processes: those are arguments. A row
//! may name one file that is not pure, and then the crate may have what that file needs.

use super::finding::Finding;
use super::paths::Paths;
use super::table::{DOCUMENT, Table};
use super::tree::Package;

const DEPENDENCIES: &[&str] = &["axum", "hyper", "hyper-util", "mio", "rustix", "sqlx", "tokio", "tokio-rustls"];
const STD: &[&str] = &["env", "fs", "net", "process"];

pub(crate) fn check(table: &Table, package: &Package, findings: &mut Vec<Finding>) {
    let Some(row) = table.rows.get(&package.name).filter(|row| row.pure) else { return };
    let mut report = |file: &str, line: usize, what: &str| {
        let text = format!(
            "{what} in the pure crate {} ({DOCUMENT}); time, randomness, files and configuration come in as arguments",
            package.name
        );
        findings.push(Finding::wrong(file, line, text));
    };
    let named = package.dependencies.iter().filter(|dependency| DEPENDENCIES.contains(&dependency.name.as_str()));
    for dependency in named.filter(|_| row.but_for.is_none()) {
        report(&package.manifest, dependency.line, &format!("the dependency {}", dependency.name));
    }
    let impure = row.but_for.as_deref().map(|file| format!("/src/{file}"));
    for source in package.files.values() {
        if impure.as_deref().is_some_and(|file| source.file.ends_with(file)) {
            continue;
        }
        let paths = Paths::read(source);
        for import in paths.uses.iter().chain(&paths.named) {
            let parts: Vec<&str> = import.path.iter().map(String::as_str).collect();
            match parts.as_slice() {
                [runtime, ..] if DEPENDENCIES.contains(&runtime.replace('_', "-").as_str()) => {
                    report(&source.file, import.line, runtime);
                }
                ["std", part, ..] if STD.contains(part) => {
                    report(&source.file, import.line, &format!("std::{part}"));
                }
                _ => {}
            }
        }
        for (index, token) in source.tokens.iter().enumerate() {
            if token.is("SystemTime") {
                report(&source.file, token.line, "SystemTime");
            } else if token.is("Instant") && source.is(index + 1, "::") && source.is(index + 2, "now") {
                report(&source.file, token.line, "Instant::now");
            }
        }
    }
}
