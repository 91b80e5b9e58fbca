//! The table "who knows whom" of ARCHITECTURE.md: `| crate | may import | must never know | pure |`. Its rows stand in
//! order from the ground up, and a row may name only rows above it: that is why there can be no circle of crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::Finding;

pub(crate) const DOCUMENT: &str = "ARCHITECTURE.md";
const HEADER: &str = "| crate | may import |";

pub(crate) struct Table {
    pub(crate) rows: BTreeMap<String, Row>,
}

pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) may: May,
    pub(crate) must_never_know: String,
    pub(crate) pure: bool,
    /// The one file of a pure crate that is not: `yes, but for `that/file.rs``.
    pub(crate) but_for: Option<String>,
}

pub(crate) enum May {
    All,
    These(BTreeSet<String>),
}

impl May {
    pub(crate) fn import(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(name),
        }
    }
}

pub(crate) fn read(root: &Path, findings: &mut Vec<Finding>) -> Result<Table, String> {
    let text = std::fs::read_to_string(root.join(DOCUMENT)).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    let mut rows = BTreeMap::new();
    let lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with(HEADER)).skip(2);
    for (index, line) in lines.take_while(|(_, line)| line.starts_with('|')) {
        let line_number = index + 1;
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [name, may, must_never_know, pure] = cells.as_slice() else {
            findings.push(Finding::wrong(
                DOCUMENT,
                line_number,
                "the row has not four cells; crate, may import, must never know, pure",
            ));
            continue;
        };
        let name = name.trim_matches('`').to_owned();
        let may = may_import(may);
        if let May::These(names) = &may {
            for unknown in names.iter().filter(|known| !rows.contains_key(*known)) {
                let text = format!(
                    "{name} may import {unknown}, which stands in no row above; rows go from the ground up, so that no circle of crates is possible: move the row, or take the arrow out"
                );
                findings.push(Finding::wrong(DOCUMENT, line_number, text));
            }
        }
        let row = Row {
            line: line_number,
            may,
            must_never_know: (*must_never_know).to_owned(),
            pure: pure.starts_with("yes"),
            but_for: pure
                .split_once("but for `")
                .and_then(|(_, rest)| rest.split_once('`'))
                .map(|(file, _)| file.to_owned()),
        };
        rows.insert(name, row);
    }
    if rows.is_empty() {
        return Err(format!("{DOCUMENT}: no table that begins with `{HEADER}`"));
    }
    Ok(Table { rows })
}

/// `nothing of ours`, `all of ours`, or names without their `peta-`.
fn may_import(cell: &str) -> May {
    match cell {
        "all of ours" => May::All,
        "nothing of ours" => May::These(BTreeSet::new()),
        names => May::These(names.split(',').map(|name| format!("peta-{}", name.trim().trim_matches('`'))).collect()),
    }
}
