//! Paths: what a reference means where it stands (RFC 3986, section 5.2), and dot segments.

/// The path and query that `reference` means inside a document at `base`.
pub(super) fn join(base: &str, reference: &str) -> String {
    let (base_path, _) = cut_query(base);
    if reference.is_empty() {
        return base.to_owned();
    }
    if reference.starts_with('/') {
        return reference.to_owned();
    }
    if reference.starts_with('?') {
        return format!("{base_path}{reference}");
    }
    let folder = base_path.rfind('/').map_or("/", |end| base_path.get(..=end).unwrap_or("/"));
    format!("{folder}{reference}")
}

/// Without dot segments; the query stays as it is.
pub(super) fn plain(path: &str) -> String {
    let (path, query) = cut_query(path);
    let mut kept: Vec<&str> = Vec::new();
    let mut folder = false;
    for segment in path.split('/').skip(1) {
        folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut plain = String::with_capacity(path.len() + query.len());
    for segment in &kept {
        plain.push('/');
        plain.push_str(segment);
    }
    if folder || plain.is_empty() {
        plain.push('/');
    }
    plain.push_str(query);
    plain
}

/// The path, and the query with its question mark.
fn cut_query(path: &str) -> (&str, &str) {
    path.split_at(path.find('?').unwrap_or(path.len()))
}
