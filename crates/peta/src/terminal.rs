//! The one place that prints: answers on stdout, notes on stderr. A reader that went away is no error.

use std::io::{self, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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

/// Asks for a line that is not shown while it is typed. Ctrl-C ends the command, with the echo on again.
pub(crate) async fn hidden_line(prompt: &str) -> io::Result<String> {
    let quiet = Quiet::begin()?;
    {
        let mut err = io::stderr().lock();
        _ = write!(err, "{prompt}");
        _ = err.flush();
    }
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::with_capacity(1024);
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = reading => line,
        _ = tokio::signal::ctrl_c() => {
            drop(quiet);
            note("");
            // The thread that reads cannot be called off.
            std::process::exit(130);
        }
    };
    drop(quiet);
    note("");
    let mut line = line.map_err(io::Error::other)??;
    if line.ends_with('\n') {
        line.pop();
    }
    if line.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(line) }
}

/// While it lives, the terminal does not show what is typed.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // There is nobody left to tell that it failed.
        _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
