//! `peta audit expire`

use clap::Args;
use peta_api::{
    audit::{Expire as Asked, Expired},
    endpoint::ExpireRecord,
};
use peta_model::{Code, Moment};

use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
The record goes in whole files ([record] segment), from the oldest on, as far as the last entry of each is older than TIME: what
is still in the file that is written to stays. The hashes of what went stay in the tree, so checkpoints that somebody kept are
still good, and `peta audit verify` tells what has expired from what has vanished. That it went is an event, record.expired; the
files are deleted when that is signed. It cannot be undone.

Stays, however old: all of it while a legal hold stands, what has not ended, what is not signed, what a sink has not been sent.

Examples:
  peta audit expire --before 2025-01-01T00:00:00Z --dry-run
  peta audit expire --before 2025-01-01T00:00:00Z

`[record] keep = \"400d\"` does the same each day.")]
pub(crate) struct Expire {
    /// What is older than this time goes.
    #[arg(long, value_name = "TIME")]
    before: Moment,
    /// Only tell what would go, and what stands in the way.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

impl Expire {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let asked = Asked { before: self.before, dry_run: self.dry_run };
        let expired = client.call::<ExpireRecord>(&[], &(), &asked).await?;
        if self.output.json {
            return print_json(&expired);
        }
        let Expired { done, files, bytes, from, to, until, in_the_way, event } = expired;
        match (from.zip(to).zip(until), event) {
            (Some(((from, to), until)), event) => {
                let what = format!(
                    "entries {from} to {to} ({}, {} KiB, up to {} UTC)",
                    show::counted(files, "file"),
                    bytes.div_ceil(1024),
                    show::time(until)
                );
                let told = event.map_or_else(String::new, |event| format!(": event {event} tells of it"));
                let how = if done { "have expired" } else { "would expire; nothing was done" };
                _ = terminal::answer(&format!("{what} {how}{told}"));
            }
            (None, _) if in_the_way.is_none() => {
                _ = terminal::answer("no whole file of the record is older than that");
            }
            (None, _) => {}
        }
        match in_the_way {
            None => Ok(()),
            Some(way) if from.is_some() => {
                terminal::note(&format!("what comes behind stays: {way}"));
                Ok(())
            }
            Some(way) => {
                let help = "lift the hold, unlock the vault, or see to the sink: `peta audit hold list`, `peta doctor`";
                Err(Fault::new(Code::ADMIN_CONFLICT, format!("nothing can expire: {way}"), help))
            }
        }
    }
}
