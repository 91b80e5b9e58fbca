//! The one place that prints: answers on stdout, notes on stderr. A reader that went away is no error.

use std::io::{self, IsTerminal as _, Write as _};

/// Prints an answer. Returns whether anyone still reads.
pub(crate) fn answer(text: &str) -> bool {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush()).is_ok()
}

/// Prints a note beside the answer.
pub(crate) fn note(text: &str) {
    let mut err = io::stderr().lock();
    // There is nobody left to tell that telling failed.
    _ = writeln!(err, "{text}");
}

/// Writes over the line before, on a terminal; says nothing elsewhere.
pub(crate) fn progress(text: &str) {
    let mut err = io::stderr().lock();
    if err.is_terminal() {
        _ = write!(err, "\r\u{1b}[K{text}");
        _ = err.flush();
    }
}

/// How wide the terminal is that answers go to; `None` when they go elsewhere, where nothing is cut or wrapped.
pub(crate) fn width() -> Option<u16> {
    let out = io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(&out).map_or(0, |size| size.ws_col);
    Some(if columns == 0 { 80 } else { columns })
}
