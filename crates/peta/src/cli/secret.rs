//! How a secret comes in: on standard input (asked for without echo on a terminal), from a variable, or from a file.

use std::{
    fs,
    io::{self, IsTerminal as _, Read},
    path::PathBuf,
};

use clap::Args;
use peta_api::Secret;
use peta_model::Code;

use crate::{environment, fault::Fault, terminal};

/// The longest secret, with the line feed that is left out.
const LIMIT: usize = (64 << 10) + 2;

/// At most one of these; where a secret is needed, exactly one.
#[derive(Debug, Args)]
#[group(required = false, multiple = false)]
pub(crate) struct From {
    /// Read the secret from standard input; a terminal is asked, without echo.
    #[arg(long, help_heading = "Where the secret comes from")]
    from_stdin: bool,
    /// Take the secret from this environment variable.
    #[arg(long, value_name = "VARIABLE", help_heading = "Where the secret comes from")]
    from_env: Option<String>,
    /// Read the secret from this file.
    #[arg(long, value_name = "FILE", help_heading = "Where the secret comes from")]
    from_file: Option<PathBuf>,
}

impl From {
    pub(crate) const fn is_given(&self) -> bool {
        self.from_stdin || self.from_env.is_some() || self.from_file.is_some()
    }

    /// Whether somebody at a terminal would be asked for it.
    pub(crate) fn asks_a_terminal(&self) -> bool {
        self.from_stdin && io::stdin().is_terminal()
    }

    pub(crate) async fn read(self, what: &str) -> Result<Secret, Fault> {
        if !self.is_given() {
            let text = format!("nothing says where the {what} comes from");
            return Err(Fault::new(Code::USAGE, text, "add --from-stdin, --from-env VARIABLE or --from-file FILE"));
        }
        if let Some(name) = self.from_env {
            return environment::variable(&name)
                .map(Secret::new)
                .ok_or_else(|| unread(&format!("the variable {name} is not set, is empty or is no text")));
        }
        if let Some(path) = self.from_file {
            let file = fs::File::open(&path).map_err(|error| unread(&format!("{}: {error}", path.display())))?;
            return text(file);
        }
        from_stdin(what).await
    }
}

/// One line of a terminal, or all of what is piped in.
pub(crate) async fn from_stdin(what: &str) -> Result<Secret, Fault> {
    if io::stdin().is_terminal() {
        let line = terminal::hidden_line(&format!("{what}: ")).await;
        return line.map(Secret::new).map_err(|error| unread(&format!("the terminal cannot be read: {error}")));
    }
    text(io::stdin().lock())
}

fn text(from: impl Read) -> Result<Secret, Fault> {
    // With room for all of it: growing leaves copies.
    let mut text = String::with_capacity(LIMIT + 1);
    let most = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    let read = from.take(most + 1).read_to_string(&mut text);
    read.map_err(|error| unread(&format!("it cannot be read as text (UTF-8): {error}")))?;
    if text.len() > LIMIT {
        return Err(unread("it is longer than 64 KiB"));
    }
    // One line feed belongs to the file, not to the secret.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() { Err(unread("it is empty")) } else { Ok(Secret::new(text)) }
}

fn unread(why: &str) -> Fault {
    Fault::new(Code::SECRET_UNFIT, format!("no secret was read: {why}"), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_feed_is_left_out() {
        let read = |bytes: &[u8]| text(bytes).map(|secret| secret.reveal().to_owned()).map_err(|fault| fault.code());
        assert_eq!(read(b"abc\n"), Ok("abc".to_owned()));
        assert_eq!(read(b"abc\r\n"), Ok("abc".to_owned()));
        assert_eq!(read(b"abc\n\n"), Ok("abc\n".to_owned()));
        assert_eq!(read(b" a b\r"), Ok(" a b\r".to_owned()));
        for bad in [&b""[..], b"\n", b"\xff\xfe", &[b'x'; LIMIT + 1]] {
            assert_eq!(read(bad), Err(Code::SECRET_UNFIT));
        }
    }
}
