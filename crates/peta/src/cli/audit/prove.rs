//! `peta audit prove`

use std::{fmt::Write as _, path::PathBuf};

use clap::Args;
use peta_api::{audit::LogQuery, endpoint::ShowEvent};
use peta_model::Code;
use peta_verify::{Hash, check_inclusion};

use super::{
    head::{Head, head},
    mirror,
    source::{OfLog, Source},
};
use crate::{client::Client, fault::Fault, keep, terminal};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  peta audit prove 4711 --out call.proof

The file holds the entry, the hashes beside its way to the root, and the signed checkpoint (C2SP tlog-proof). Of an event
that has ended, the proof of its outcome is written beside it, as call.proof.outcome.")]
pub(crate) struct Prove {
    /// The event, by its id or its number.
    event: String,
    /// Where the proof goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    of: OfLog,
}

impl Prove {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let of = self.of.at(client);
        let found = client.call::<ShowEvent>(&[&self.event], &LogQuery { log: of.name() }, &()).await?;
        let head = head(of).await?;
        let mut beside = self.out.clone().into_os_string();
        beside.push(".outcome");
        for (place, path) in [(Some(found.place), self.out), (found.outcome_place, beside.into())] {
            let Some(place) = place else { continue };
            let proof = proof(of, &head, place).await?;
            keep::written(&path, proof.as_bytes())?;
            let size = head.checkpoint.size;
            terminal::answer(&format!("entry {place} is in the signed tree of {size} entries: {}", path.display()));
        }
        Ok(())
    }
}

/// The proof that an entry is in the tree of this head (C2SP tlog-proof).
pub(super) async fn proof(of: Source<'_>, head: &Head, place: u64) -> Result<String, Fault> {
    let (size, root) = (head.checkpoint.size, head.checkpoint.root);
    if place >= size {
        let help = "Core signs each second while the vault is unlocked; try again";
        return Err(Fault::new(Code::NOT_SIGNED, "the event is not signed yet", help));
    }
    let entry = mirror::entries(of, place, 1).await?.pop().unwrap_or_default();
    let hashes = mirror::prove(of, place, size).await?;
    check_inclusion(Hash::of_leaf(entry.as_bytes()), place, size, root, &hashes).map_err(|broken| {
        let text = format!("the record does not fit what was signed of it: {broken}");
        Fault::new(Code::RECORD_DAMAGED, text, "export it, and let `peta audit verify` say where")
    })?;
    let mut text = format!("c2sp.org/tlog-proof@v1\nextra {}\nindex {place}\n", peta_verify::base64(entry.as_bytes()));
    for hash in hashes {
        // Writing to a string does not fail.
        _ = writeln!(text, "{hash}");
    }
    Ok(format!("{text}\n{}", head.note))
}
