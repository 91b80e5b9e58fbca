//! How foreign text is shown in formats that have separators: as on a terminal, and nothing in it looks like a separator.

use std::fmt::Write;

use crate::escape::is_hidden;

/// What no output holds as it is: what a terminal acts on or does not show, spaces other than the plain one, and
/// characters that look like a format's separators, or become them where text is normalised.
pub(crate) fn is_tricky(c: char) -> bool {
    // Almost all that is written.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    is_hidden(c)
        || c.is_whitespace()
        || matches!(
            c,
            // = | " \ ] : and < > in their wide, small and mathematical forms
            '\u{FE66}'
                | '\u{FF1D}'
                | '\u{A78A}'
                | '\u{30A0}'
                | '\u{2550}'
                | '\u{FF5C}'
                | '\u{FE31}'
                | '\u{FE33}'
                | '\u{2223}'
                | '\u{01C0}'
                | '\u{2758}'
                | '\u{FFE8}'
                | '\u{2502}'
                | '\u{A6}'
                | '\u{FF02}'
                | '\u{FF3C}'
                | '\u{FE68}'
                | '\u{2216}'
                | '\u{29F5}'
                | '\u{29F9}'
                | '\u{FF3B}'
                | '\u{FF3D}'
        )
}

/// The text with everything tricky as `\u{…}`, and a backslash doubled, so that two texts are never shown as one. Spaces at
/// its ends are tricky too: readers strip them.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let inner = text.trim_start_matches(' ');
    escape(&mut out, text.len() - inner.len());
    let body = inner.trim_end_matches(' ');
    for c in body.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_tricky(c) => code(&mut out, c),
            c => out.push(c),
        }
    }
    escape(&mut out, inner.len() - body.len());
    out
}

fn escape(out: &mut String, spaces: usize) {
    for _ in 0..spaces {
        code(out, ' ');
    }
}

/// One character by its number.
pub(crate) fn code(out: &mut String, c: char) {
    // Writing to memory does not fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}
