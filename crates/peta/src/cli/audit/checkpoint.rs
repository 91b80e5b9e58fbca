//! `peta audit checkpoint`

use std::path::PathBuf;

use clap::Args;

use super::{head::head, source::OfLog};
use crate::{client::Client, fault::Fault, keep, terminal};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit checkpoint --out monday.checkpoint
  peta audit checkpoint --cosigned --out monday.checkpoint
  peta audit verify record --checkpoint monday.checkpoint

With --cosigned it is the newest that a witness by URL has cosigned, with all cosignatures of it.
The file is a signed note (C2SP signed-note). Keep it where whoever runs Core cannot change it; with it, and the log's
key from the file `keys` of an export, anybody can tell whether the record was changed since.")]
pub(crate) struct Checkpoint {
    /// The newest that a witness cosigned.
    #[arg(long)]
    cosigned: bool,
    #[command(flatten)]
    of: OfLog,
    /// Write it into this file instead of printing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Checkpoint {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let mut head = head(self.of.at(client)).await?;
        if self.cosigned {
            (head.note, head.checkpoint) = head.newest_cosigned()?;
        }
        let Some(path) = self.out else {
            terminal::answer(&head.note);
            return Ok(());
        };
        keep::written(&path, head.note.as_bytes())?;
        terminal::answer(&format!(
            "{} entries of {}: {}",
            head.checkpoint.size,
            head.checkpoint.origin,
            path.display()
        ));
        Ok(())
    }
}
