//! What tidy reports, in the one form that editors can follow: `file:line: what; rule; what to do`.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    file: String,
    line: usize,
    warning: bool,
    text: String,
}

impl Finding {
    /// Something that must be mended.
    pub(crate) fn wrong(file: impl Into<String>, line: usize, text: impl Into<String>) -> Self {
        Self { file: file.into(), line: line.max(1), warning: false, text: text.into() }
    }

    /// Something worth a look.
    pub(crate) fn warning(file: impl Into<String>, line: usize, text: impl Into<String>) -> Self {
        Self { warning: true, ..Self::wrong(file, line, text) }
    }

    pub(crate) fn is_warning(&self) -> bool {
        self.warning
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {kind}{}", self.file, self.line, self.text)
    }
}
