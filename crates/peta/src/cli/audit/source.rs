//! Which log a command reads, and from where.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use peta_model::LogName;

use crate::client::Client;

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OfLog {
    /// Which log: `default`, the record, or `system`: starts, stops, steps of the clock, what became of the record, and its
    /// checkpoints.
    #[arg(long, value_name = "LOG", default_value_t, value_parser = names())]
    pub(crate) log: LogName,
}

fn names() -> impl TypedValueParser<Value = LogName> {
    let words = [LogName::Default, LogName::System].map(LogName::word);
    PossibleValuesParser::new(words).try_map(|word| word.parse::<LogName>())
}

/// A log of a Core.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) client: &'a Client,
    of: OfLog,
}

impl<'a> Source<'a> {
    pub(super) fn record(client: &'a Client) -> Self {
        OfLog { log: LogName::Default }.at(client)
    }

    /// As Core is asked for it.
    pub(super) fn name(&self) -> Option<LogName> {
        self.of.name()
    }
}

impl OfLog {
    pub(super) const fn at(self, client: &Client) -> Source<'_> {
        Source { client, of: self }
    }

    /// As Core is asked for it.
    pub(crate) fn name(self) -> Option<LogName> {
        (self.log != LogName::Default).then_some(self.log)
    }
}
