//! The table of processes, read from `/proc/*/stat`: the shorter way through `/proc/PID/task/*/children` is missing in
//! kernels built without it.

use std::{collections::HashMap, fs};

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) pid: i32,
    pub(super) parent: i32,
    /// It has ended, and waits for its parent to ask how.
    pub(super) dead: bool,
}

/// All processes, the dead that nobody has reaped yet included.
pub(super) fn processes() -> impl Iterator<Item = Entry> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read(entry.path().join("stat")).ok()?;
        let (state, parent) = state_and_parent(&stat)?;
        Some(Entry { pid, parent, dead: matches!(state, "Z" | "X") })
    })
}

/// Everyone below `root`.
pub(super) fn descendants(root: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for Entry { pid, parent, .. } in processes() {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        // Taken out, so that even a tree read while it changed has no circle.
        let below = children.remove(&parent).unwrap_or_default();
        open.extend(&below);
        found.extend(below);
    }
    found
}

/// Whether this process can gain no rights by running a program. Whoever descends from a launcher has that mark for
/// good: the kernel hands it on and lets nobody take it off.
pub(super) fn is_marked(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("NoNewPrivs:").is_some_and(|value| value.trim() == "1"))
}

/// The third and fourth field of a `stat` line. The second is the name in parentheses and may hold anything, `)` too.
fn state_and_parent(stat: &[u8]) -> Option<(&str, i32)> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let rest = std::str::from_utf8(stat.get(after_name..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    Some((fields.next()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests;
