//! What the binary says when something does not work: a code, what happened, and what to do; and how it exits.

use std::fmt::{self, Write as _};

use peta_model::Code;

/// A refusal or failure that ends a command.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    code: Option<Code>,
    /// The code as Core spelled it, should it be newer than this binary's list.
    spelled: String,
    text: String,
    help: String,
    exit: u8,
}

impl Fault {
    /// A fault with exit code 1 (refused or failed), or the one that belongs to the code.
    pub(crate) fn new(code: Code, text: impl Into<String>, help: impl Into<String>) -> Self {
        let exit = match code {
            Code::USAGE => 2,
            Code::CORE_UNREACHABLE => 3,
            _ => 1,
        };
        Self { code: Some(code), spelled: code.to_string(), text: text.into(), help: help.into(), exit }
    }

    /// What Core answered: its code, text and help.
    pub(crate) fn answered(spelled: &str, text: impl Into<String>, help: impl Into<String>) -> Self {
        let code = Code::find(spelled);
        Self { code, spelled: spelled.to_owned(), text: text.into(), help: help.into(), exit: 1 }
    }

    pub(crate) fn code(&self) -> Code {
        self.code.unwrap_or(Code::ADMIN_FAILED)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn help(&self) -> &str {
        &self.help
    }

    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }
}

/// Two or three lines for people: `error[P7004]: …`, what to do, and where the page is.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.spelled, printable(&self.text))?;
        if self.help.is_empty() {
            write!(f, "  help: see docs/errors/{}.md", self.spelled)
        } else {
            write!(f, "  help: {} (docs/errors/{}.md)", printable(&self.help), self.spelled)
        }
    }
}

/// Text from elsewhere, made safe for a terminal: control characters but line feeds are shown escaped.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push('\n'),
            // Bidirectional overrides and invisible marks can make a line read as something else.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}') =>
            {
                _ = write!(shown, "{}", c.escape_unicode());
            }
            c => shown.push(c),
        }
    }
    shown
}
