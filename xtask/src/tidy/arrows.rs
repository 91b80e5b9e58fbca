//! No arrow up between crates: a crate depends on, and names in its code, only what its row of the table allows.

use super::finding::Finding;
use super::table::{DOCUMENT, Table};
use super::tree::Package;

/// What "must never know" says in a word, as the dependencies that would know it.
const KNOWLEDGE: &[(&str, &[&str])] = &[
    ("HTTP", &["axum", "http", "hyper", "hyper-util", "tower"]),
    ("SQL", &["sqlx"]),
    ("database", &["sqlx"]),
    ("network", &["hyper", "hyper-util", "rustls", "tokio-rustls"]),
];

pub(crate) fn check(table: &Table, crates: &[Package], findings: &mut Vec<Finding>) {
    for package in crates {
        let Some(row) = table.rows.get(&package.name) else {
            let text = format!(
                "{} has no row in the table of {DOCUMENT}; each crate says there whom it knows: add the row",
                package.name
            );
            findings.push(Finding::wrong(&package.manifest, 1, text));
            continue;
        };
        let ours = |name: &str| crates.iter().any(|other| other.name == name);
        for dependency in &package.dependencies {
            if ours(&dependency.name) && !row.may.import(&dependency.name) {
                findings.push(Finding::wrong(&package.manifest, dependency.line, up(&package.name, &dependency.name)));
            }
            for (word, _) in KNOWLEDGE.iter().filter(|(_, names)| names.contains(&dependency.name.as_str())) {
                if row.must_never_know.split([' ', ',', ':', ';']).any(|known| known == *word) {
                    let text = format!(
                        "{} must never know {word} ({DOCUMENT}), and {} does; leave that to the crate that asks",
                        package.name, dependency.name
                    );
                    findings.push(Finding::wrong(&package.manifest, dependency.line, text));
                }
            }
        }
        for source in package.files.values() {
            for token in source.tokens.iter().filter(|token| token.text.starts_with("peta_")) {
                let name = token.text.replace('_', "-");
                if name != package.name && ours(&name) && !row.may.import(&name) {
                    findings.push(Finding::wrong(&source.file, token.line, up(&package.name, &name)));
                }
            }
        }
    }
    for (name, row) in &table.rows {
        if !crates.iter().any(|package| package.name == *name) {
            let text = format!("the table has a row for {name}, and there is no such crate; take the row out");
            findings.push(Finding::wrong(DOCUMENT, row.line, text));
        }
    }
}

fn up(from: &str, to: &str) -> String {
    format!(
        "arrow up: {from} knows {to}, and its row in {DOCUMENT} does not allow that; pass in what is needed as an \
         argument or a trait of {from}'s own, or move the code down"
    )
}
