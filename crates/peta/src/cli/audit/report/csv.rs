//! Rows as CSV (RFC 4180): a line of headings, CRLF, quotes where they are needed. What a spreadsheet would run, and what a
//! terminal would act on, is made harmless: cells hold what agents and servers said.

use peta_audit::escaped;

/// Rows under headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) headings: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(super) fn to_csv(&self) -> String {
        let headings = self.headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>();
        let mut text = line(&headings);
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    // An apostrophe in front tells spreadsheets that a cell is text; they run what begins like a formula otherwise. A tab
    // or a line's end at the beginning is shown as an escape by then.
    let mark = if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) { "'" } else { "" };
    let text = format!("{mark}{}", escaped(text));
    if text.contains([',', '"', '\'', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_nothing_and_a_terminal_neither() {
        for (text, told) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\\t=1\""),
            (" =1", "\"' =1\""),
            ("＝1", "\"'＝1\""),
            ("two\r\nlines", "two\\r\\nlines"),
            ("\u{1b}[2Jgone\u{202e}", "\\u{1b}[2Jgone\\u{202e}"),
            ("a;=1", "\"a;=1\""),
        ] {
            assert_eq!(cell(text), told, "{text:?}");
        }
    }

    #[test]
    fn lines_end_as_rfc_4180_has_it() {
        let rows = vec![vec!["1".to_owned(), "x,y".to_owned()], vec![String::new(), String::new()]];
        assert_eq!(Sheet { headings: &["a", "b"], rows }.to_csv(), "a,b\r\n1,\"x,y\"\r\n,\r\n");
    }
}
