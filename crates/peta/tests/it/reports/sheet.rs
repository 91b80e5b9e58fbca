//! CSV, read strictly after RFC 4180: CRLF ends every line, a quote stands only where a cell is quoted, every line has as many
//! cells as the first.

use std::collections::BTreeMap;

use peta_testkit::Core;

pub(super) struct Sheet {
    pub(super) text: String,
    /// By heading.
    pub(super) rows: Vec<BTreeMap<String, String>>,
}

impl Sheet {
    /// What `peta audit report WORDS --csv` prints.
    pub(super) async fn of(core: &Core, words: &[&str]) -> Self {
        let mut all = vec!["audit", "report"];
        all.extend(words);
        all.push("--csv");
        Self::read(&core.peta(&all).await)
    }

    pub(super) fn read(text: &str) -> Self {
        let mut lines = lines(text).into_iter();
        let headings = lines.next().expect("a line of headings");
        assert!(headings.iter().all(|heading| !heading.is_empty()), "{headings:?}");
        let row = |cells: Vec<String>| {
            assert_eq!(cells.len(), headings.len(), "{cells:?} under {headings:?}");
            headings.iter().cloned().zip(cells).collect()
        };
        Self { text: text.to_owned(), rows: lines.map(row).collect() }
    }
}

fn lines(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    // Whether the cell is quoted, and whether its quotes are closed.
    let (mut quoted, mut closed) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && !closed && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted && !closed => closed = true,
            '"' => {
                assert!(cell.is_empty() && !quoted, "a quote in the middle of a bare cell: {text}");
                quoted = true;
            }
            ',' | '\r' if !quoted || closed => {
                line.push(std::mem::take(&mut cell));
                (quoted, closed) = (false, false);
                if c == '\r' {
                    assert_eq!(chars.next(), Some('\n'), "CR without LF: {text}");
                    lines.push(std::mem::take(&mut line));
                }
            }
            '\n' => panic!("LF without CR, or a line's end in a cell: {text}"),
            _ => {
                assert!(!closed, "text after a closed quote: {text}");
                cell.push(c);
            }
        }
    }
    assert!(line.is_empty() && cell.is_empty() && !quoted, "the last line has an end: {text}");
    lines
}
