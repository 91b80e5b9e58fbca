//! What a fixture wrote down with `--trace`.

use std::path::Path;

use serde_json::Value;

/// One message that the fixture received or sent, its text as it was.
#[derive(Debug, Clone)]
pub struct Traced {
    /// `in`, `out`, or `headers` (a JSON object of an HTTP request's headers).
    pub way: String,
    pub pid: u64,
    /// Which client of that process it came from or went to.
    pub peer: u64,
    pub text: String,
}

/// All that is in a trace file; nothing if there is no file yet.
pub fn read_trace(path: &Path) -> Vec<Traced> {
    read_trace_from(path, &mut 0)
}

/// What a trace file holds beyond this many bytes, which are then as many as were read.
pub fn read_trace_from(path: &Path, read: &mut usize) -> Vec<Traced> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = text.get(*read..).unwrap_or_default();
    // A line that is being written is left for the next time.
    let whole = fresh.rfind('\n').map_or("", |end| &fresh[..=end]);
    *read += whole.len();
    let lines = whole.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .map(|line| Traced {
            way: line["way"].as_str().unwrap_or_default().to_owned(),
            pid: line["pid"].as_u64().unwrap_or_default(),
            peer: line["peer"].as_u64().unwrap_or_default(),
            text: line["text"].as_str().unwrap_or_default().to_owned(),
        })
        .collect()
}
