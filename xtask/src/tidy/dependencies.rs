//! Every dependency of the workspace stands in the decision record with its reason.

use std::path::Path;

use super::finding::Finding;

const MANIFEST: &str = "Cargo.toml";
const RECORD: &str = "docs/decisions/0002-dependencies.md";

pub(crate) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<(), String> {
    let read = |file: &str| std::fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"));
    let (manifest, record) = (read(MANIFEST)?, read(RECORD)?);
    let lines = manifest.lines().enumerate().skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1);
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with('[')) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim();
        let ours = value.contains("path =");
        if !ours && !name.starts_with('#') && !record.contains(&format!("`{name}`")) {
            let text = format!("{name} is not in {RECORD}; say there what it is for, and what was refused for it");
            findings.push(Finding::wrong(MANIFEST, index + 1, text));
        }
    }
    Ok(())
}
