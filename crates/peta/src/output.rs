//! How a command answers: text for people, or JSON.

use clap::Args;
use peta_model::Code;
use serde::Serialize;

use crate::{fault::Fault, terminal};

/// How to answer.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Print JSON instead of text for people.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prints an answer as JSON, whole and exact.
pub(crate) fn print_json<T: Serialize>(answer: &T) -> Result<(), Fault> {
    let text = serde_json::to_string_pretty(answer)
        .map_err(|error| Fault::new(Code::ADMIN_FAILED, format!("the answer is no JSON: {error}"), ""))?;
    terminal::answer(&text);
    Ok(())
}
