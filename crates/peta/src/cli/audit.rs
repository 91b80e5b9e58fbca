//! `peta audit …`: what goes on with the record beside reading it. One file per noun.

mod sink;

use clap::Subcommand;

use crate::{client::Client, fault::Fault};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Send the record elsewhere as it grows: to files, syslog, a SIEM, a collector, a bucket.
    #[command(subcommand)]
    Sink(sink::Sink),
}

impl Audit {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Sink(sink) => sink.run(client).await,
        }
    }
}
