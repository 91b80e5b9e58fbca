//! Tidy: the document is the test. It reads the table "who knows whom" from ARCHITECTURE.md and holds manifests and
//! imports against it, then looks at names, codes, pages and words. One line per finding: where, what, the rule, what
//! to do. It understands Rust only as far as it must (tokens and paths), so it needs no compiler and runs in a blink.

mod arrows;
mod circles;
mod codes;
mod dependencies;
mod finding;
mod links;
mod names;
mod paths;
mod pure;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use finding::Finding;

/// Looks at the checkout and prints what it finds; true if nothing is wrong.
pub(crate) fn run(root: &Path) -> Result<bool, String> {
    let findings = look(root)?;
    let wrong = findings.iter().filter(|finding| !finding.is_warning()).count();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if wrong > 0 {
        eprintln!("tidy: {wrong} to mend, {} warnings", findings.len() - wrong);
    }
    Ok(wrong == 0)
}

fn look(root: &Path) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    let table = table::read(root, &mut findings)?;
    let crates = tree::read(root)?;
    arrows::check(&table, &crates, &mut findings);
    for package in &crates {
        circles::check(package, &mut findings);
        pure::check(&table, package, &mut findings);
    }
    codes::check(root, &mut findings)?;
    dependencies::check(root, &mut findings)?;
    names::check(root, &mut findings)?;
    findings.sort();
    Ok(findings)
}
