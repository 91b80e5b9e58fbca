//! A manifest cannot take the workspace's lints and change one: so the two tables are compared.

use std::{collections::BTreeSet, path::Path};

/// The lines of the tables `[…rust]` and `[…clippy]`.
fn lints(manifest: &str, tables: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == format!("[{tables}.rust]") || *line == format!("[{tables}.clippy]");
            return false;
        }
        inside && line.contains('=')
    });
    lines.map(str::to_owned).collect()
}

#[test]
fn all_lints_of_the_workspace_but_one() {
    let (ours, workspace) = (lints("Cargo.toml", "lints"), lints("../../Cargo.toml", "workspace.lints"));
    assert!(workspace.len() > 5);
    let missing: Vec<_> = workspace.difference(&ours).collect();
    assert_eq!(missing, ["unsafe_code = \"forbid\""]);
    assert!(ours.contains("unsafe_code = \"deny\""));
}
