//! A link from one page to another leads somewhere.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::tree::shown;

/// Looks at one Markdown page; links with a scheme, and those within the page, are not followed.
pub(crate) fn check(root: &Path, page: &Path, text: &str, findings: &mut Vec<Finding>) {
    let folder = page.parent().unwrap_or(root);
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        for target in line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            let path = target.split('#').next().unwrap_or_default();
            if in_code || path.is_empty() || path.contains(':') || leads_somewhere(root, folder, path) {
                continue;
            }
            let text = format!("the link to {target} leads nowhere; mend it, or write the page");
            findings.push(Finding::wrong(shown(root, page), index + 1, text));
        }
    }
}

fn leads_somewhere(root: &Path, folder: &Path, path: &str) -> bool {
    let target: PathBuf = match path.strip_prefix('/') {
        Some(from_root) => root.join(from_root),
        None => folder.join(path),
    };
    target.exists()
}
