//! Long lists of names, for people.

use crate::fault::printable;

/// So many names are shown; the others are counted.
const NAMES: usize = 12;

/// `tools echo, who and 3 more`; nothing for none.
pub(super) fn some(what: &str, names: &[String]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| printable(name).replace('\n', " ")).collect();
    let more = names.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
}

/// A text that may be missing, for a table.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), str::to_owned)
}

/// The same for a cell of CSV, which is empty then.
pub(super) fn or_empty<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}
