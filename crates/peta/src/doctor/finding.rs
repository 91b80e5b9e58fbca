//! The three kinds of findings.

use peta_api::{Finding, Level};

pub(super) fn note(subject: &str, text: impl Into<String>) -> Finding {
    Finding { level: Level::Note, subject: subject.to_owned(), text: text.into(), advice: String::new() }
}

pub(super) fn warning(subject: &str, text: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { level: Level::Warning, subject: subject.to_owned(), text: text.into(), advice: advice.into() }
}

pub(super) fn problem(subject: &str, text: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { level: Level::Problem, subject: subject.to_owned(), text: text.into(), advice: advice.into() }
}
