//! `peta audit …`: the record as an auditor needs it. One file per verb or noun.

mod archive;
mod checkpoint;
mod digest;
mod erase;
mod expire;
mod export;
mod fork;
mod head;
mod hold;
mod log;
mod mirror;
mod prove;
mod report;
mod rotate_key;
mod said;
mod search;
mod show;
mod sink;
mod source;
mod verify;
mod witness;

use std::process::ExitCode;

use clap::Subcommand;

use super::{
    context::{Context, with_core},
    events,
};
pub(super) use source::OfLog;

use crate::fault::Fault;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Follow the record, newest last; the same as `peta events`.
    Tail(events::Events),
    /// Search the record; the same as `peta events`, for whoever looks here, and in what was said, for who may.
    Search(search::Search),
    /// Show one event with all that is known of it, and where it stands in the tree.
    Show(show::Show),
    /// Copy the record into a folder that can be checked anywhere, without Peta.
    Export(export::Export),
    /// Check exported folders, offline: no Core is asked.
    Verify(verify::Verify),
    /// Print the newest signed checkpoint: keep it, and nobody can change what was before unnoticed.
    Checkpoint(checkpoint::Checkpoint),
    /// Prove that one event stands in the record, for somebody who has a checkpoint.
    Prove(prove::Prove),
    /// What an auditor asks for: who can reach what, who did what, what a credential touched, what was changed.
    #[command(subcommand)]
    Report(report::Report),
    /// Go on with a new log after the record was found to be another one than was signed; Core must not run.
    Fork(fork::Fork),
    /// What must be kept, whatever retention and erasure say.
    #[command(subcommand)]
    Hold(hold::Hold),
    /// Erase a person: their part of the record opens for nobody any more.
    Erase(erase::Erase),
    /// Let old files of the record go; the hashes of their entries stay.
    Expire(expire::Expire),
    /// Put each full file of the record elsewhere, sealed: into a folder or a bucket.
    #[command(subcommand)]
    Archive(archive::Archive),
    /// Send the record elsewhere as it grows: to files, syslog, a SIEM, a collector, a bucket.
    #[command(subcommand)]
    Sink(sink::Sink),
    /// Who keeps checkpoints beside Core.
    #[command(subcommand)]
    Witness(witness::Witness),
    /// Be a witness: the logs of others whose checkpoints are cosigned here.
    #[command(subcommand)]
    Log(log::Log),
    /// Change the key that signs the record; the one before signs beside it for a day.
    RotateKey(rotate_key::RotateKey),
}

impl Audit {
    pub(super) fn run(self, context: Context) -> Result<ExitCode, Fault> {
        match self {
            Self::Tail(events) => with_core(context, async |client| events.run(client).await),
            Self::Search(search) => with_core(context, async |client| search.run(client).await),
            Self::Show(show) => with_core(context, async |client| show.run(client).await),
            Self::Export(export) => with_core(context, async |client| export.run(client).await),
            Self::Verify(verify) => verify.run(),
            Self::Checkpoint(checkpoint) => with_core(context, async |client| checkpoint.run(client).await),
            Self::Prove(prove) => with_core(context, async |client| prove.run(client).await),
            Self::Report(report) => with_core(context, async |client| report.run(client).await),
            Self::Fork(fork) => fork.run(&context),
            Self::Hold(hold) => with_core(context, async |client| hold.run(client).await),
            Self::Erase(erase) => with_core(context, async |client| erase.run(client).await),
            Self::Expire(expire) => with_core(context, async |client| expire.run(client).await),
            Self::Archive(archive) => with_core(context, async |client| archive.run(client).await),
            Self::Sink(sink) => with_core(context, async |client| sink.run(client).await),
            Self::Witness(witness) => with_core(context, async |client| witness.run(client).await),
            Self::Log(log) => with_core(context, async |client| log.run(client).await),
            Self::RotateKey(rotate) => with_core(context, async |client| rotate.run(client).await),
        }
    }
}
