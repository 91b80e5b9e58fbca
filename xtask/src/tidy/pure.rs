//! Pure crates have no async runtime, no clock, no files, network, environment or processes: those are arguments.

use super::finding::Finding;
use super::paths::Paths;
use super::table::{DOCUMENT, Table};
use super::tree::Package;

const DEPENDENCIES: &[&str] = &["axum", "hyper", "hyper-util", "mio", "rustix", "sqlx", "tokio", "tokio-rustls"];
const STD: &[&str] = &["env", "fs", "net", "process"];

pub(crate) fn check(table: &Table, package: &Package, findings: &mut Vec<Finding>) {
    if !table.rows.get(&package.name).is_some_and(|row| row.pure) {
        return;
    }
    let mut report = |file: &str, line: usize, what: &str| {
        let text = format!(
            "{what} in the pure crate {} ({DOCUMENT}); time, randomness, files and configuration come in as arguments",
            package.name
        );
        findings.push(Finding::wrong(file, line, text));
    };
    for dependency in package.dependencies.iter().filter(|dependency| DEPENDENCIES.contains(&dependency.name.as_str()))
    {
        report(&package.manifest, dependency.line, &format!("the dependency {}", dependency.name));
    }
    for source in package.files.values() {
        let paths = Paths::read(source);
        for import in paths.uses.iter().chain(&paths.named) {
            let parts: Vec<&str> = import.path.iter().map(String::as_str).collect();
            match parts.as_slice() {
                ["tokio", ..] => report(&source.file, import.line, "tokio"),
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
