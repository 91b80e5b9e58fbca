//! Each code has its page and each page its code, with the same title; a page says what happened, why, what to do, and
//! where the code appears.

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::Finding;
use super::tree::entries;

const CODES: &str = "crates/peta-model/src/code.rs";
const PAGES: &str = "docs/errors";
const SECTIONS: &[&str] = &["## What happened", "## Why", "## What to do", "## Where it appears"];

pub(crate) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<(), String> {
    let text = std::fs::read_to_string(root.join(CODES)).map_err(|error| format!("{CODES}: {error}"))?;
    let mut codes = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let parts: Vec<&str> = line.split('"').collect();
        if let [before, code, _, title, _] = parts.as_slice()
            && before.trim_end().ends_with('=')
            && is_code(code)
            && let Some((first, _)) = codes.insert((*code).to_owned(), (index + 1, (*title).to_owned()))
        {
            let text =
                format!("{code} stands on line {first} too; a code has one meaning for ever: take the next number");
            findings.push(Finding::wrong(CODES, index + 1, text));
        }
    }
    let mut pages = Vec::new();
    for path in entries(&root.join(PAGES))? {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if name == "README" {
            continue;
        }
        let file = format!("{PAGES}/{name}.md");
        match codes.get(&name) {
            None => findings.push(Finding::wrong(
                &file,
                1,
                format!("there is no code {name} in {CODES}; add the code, or take the page out"),
            )),
            Some((_, title)) => {
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
                page(&file, &format!("# {name}: {title}"), &text, findings);
            }
        }
        pages.push(name);
    }
    for (code, (line, _)) in codes.iter().filter(|(code, _)| !pages.contains(code)) {
        findings.push(Finding::wrong(CODES, *line, format!("{code} has no page; write {PAGES}/{code}.md")));
    }
    Ok(())
}

fn is_code(text: &str) -> bool {
    text.len() == 5 && text.starts_with('P') && text.chars().skip(1).all(|c| c.is_ascii_digit())
}

fn page(file: &str, title: &str, text: &str, findings: &mut Vec<Finding>) {
    if text.lines().next() != Some(title) {
        findings.push(Finding::wrong(file, 1, format!("the page must begin with `{title}`, as the code is called")));
    }
    for section in SECTIONS {
        let body = text.lines().skip_while(|line| line != section).skip(1);
        let filled = body.take_while(|line| !line.starts_with("## ")).any(|line| !line.trim().is_empty());
        if !filled {
            findings.push(Finding::wrong(
                file,
                1,
                format!("the page has no `{section}`, or nothing under it; write it"),
            ));
        }
    }
}
